import { createTestLogs } from '@switchboard/bundle/testing'
import type { TestBundleOptions, TestLogs } from '@switchboard/bundle/testing'
import type { Rule, Trust } from '../../index.ts'
import { everyFeature } from '../every-feature.ts'

export const good = everyFeature()

export const file = good.bundle.bytes

export interface Wrong {
  readonly what: string
  /** The bundle, and what is trusted when that is not the usual. */
  readonly make: () => Uint8Array | readonly [Uint8Array, Trust]
  /** All that is red, or with `includes` at least this. */
  readonly rules?: readonly Rule[]
  readonly includes?: Rule
}

/** A bundle with every feature, made with these options. */
export const made = (options: TestBundleOptions) => () => everyFeature(options).bundle.bytes

/** … with one section changed before digests and layout are made. */
export const section = (name: string, change: (raw: Buffer) => Uint8Array) =>
  made({
    changeSections: (sections) =>
      sections.map((each) => (each.name === name ? { name, raw: change(Buffer.from(each.raw)) } : each)),
  })

export const text = (change: (before: string) => string) => (raw: Buffer) =>
  Buffer.from(change(raw.toString('utf8')))

/** … with its trailer changed as a text. Lines of notes end with `\n` as JSON writes it. */
export const trailer = (change: (before: string) => string) => section('trailer', text(change))

/** Logs of three receipts, and what a test does with them before they are exported. */
export function small(work: (logs: TestLogs) => void, options: TestBundleOptions = {}) {
  return (): readonly [Uint8Array, Trust] => {
    const logs = createTestLogs()
    for (let i = 0; i < 3; i++) logs.record({ class: 'short' })
    work(logs)
    return [logs.bundle(options).bytes, { logKeys: logs.logKeys.slice(0, 1) }]
  }
}

export const root = Buffer.alloc(32).toString('base64')

export const witnessLine = /(\u2014 witness\.two [A-Za-z0-9+/=]+\\n)/
