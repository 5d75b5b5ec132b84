import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { createTestLogs } from '@switchboard/bundle/testing'
import type { TestBundleOptions, TestLogs } from '@switchboard/bundle/testing'
import { nodeCrypto } from '../node-crypto.ts'
import type { Rule } from '../rules.ts'
import { rulesByCheck } from '../rules.ts'
import { changeBytes, changeLayout, readSections, replaceLayout, withLayout } from '../testing/change-file.ts'
import type { FileSection } from '../testing/change-file.ts'
import { everyFeature } from '../testing/every-feature.ts'
import type { Trust } from '../trust.ts'
import { verifyBundle } from '../verify-bundle.ts'

const good = everyFeature()
const other = everyFeature({ history: { standard: [5], short: [6], long: [1] } }).bundle.bytes
const file = good.bundle.bytes

async function redRules(bytes: Uint8Array, given: Trust = good.trust): Promise<readonly Rule[]> {
  const report = await verifyBundle(bytes, given, nodeCrypto)
  const red = report.findings.filter((finding) => finding.severity === 'red')
  assert.equal(report.ok, red.length === 0)
  return [...new Set(red.map(({ rule }) => rule))]
}

interface Wrong {
  readonly what: string
  /** The bundle, and what is trusted when that is not the usual. */
  readonly make: () => Uint8Array | readonly [Uint8Array, Trust]
  /** All that is red, or with `includes` at least this. */
  readonly rules?: readonly Rule[]
  readonly includes?: Rule
}

/** A bundle with every feature, made with these options. */
const made = (options: TestBundleOptions) => () => everyFeature(options).bundle.bytes
/** … with one section changed before digests and layout are made. */
const section = (name: string, change: (raw: Buffer) => Uint8Array) =>
  made({
    changeSections: (sections) =>
      sections.map((each) => (each.name === name ? { name, raw: change(Buffer.from(each.raw)) } : each)),
  })
const text = (change: (before: string) => string) => (raw: Buffer) =>
  Buffer.from(change(raw.toString('utf8')))
/** … with its trailer changed as a text. Lines of notes end with `\n` as JSON writes it. */
const trailer = (change: (before: string) => string) => section('trailer', text(change))
const manifest = (change: (before: string) => string) =>
  made({ changeManifest: (value) => JSON.parse(change(JSON.stringify(value))) as unknown })

/** Logs of three receipts, and what a test does with them before they are exported. */
function small(work: (logs: TestLogs) => void, options: TestBundleOptions = {}) {
  return (): readonly [Uint8Array, Trust] => {
    const logs = createTestLogs()
    for (let i = 0; i < 3; i++) logs.record({ class: 'short' })
    work(logs)
    return [logs.bundle(options).bytes, { logKeys: logs.logKeys.slice(0, 1) }]
  }
}

/** A document, and the receipt of the operation that made it. */
function statement(logs: TestLogs, operation: string, value: object) {
  const bytes = Buffer.from(JSON.stringify(value))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  logs.record({ class: 'long', operation, parts: { output: { bytes: bytes.length, sha256 } } })
  return { name: `statement/${operation}.json`, bytes }
}

function withStatement(operation: string, value: (origin: string) => object) {
  return (): readonly [Uint8Array, Trust] => {
    const logs = createTestLogs()
    for (let i = 0; i < 4; i++) logs.record({ class: 'short' })
    const document = statement(logs, operation, value(logs.originOf('short')))
    const { bytes } = logs.bundle({ documents: [document] })
    return [bytes, { logKeys: logs.logKeys }]
  }
}

const root = Buffer.alloc(32).toString('base64')
const pruneOf = (log: string, range: object, more: object = {}) => ({
  class: 'short',
  held: [],
  kind: 'prune',
  log,
  policy: '0f'.repeat(32),
  ranges: [{ from: 0, newestAt: 9, oldestAt: 1, subtrees: [{ from: 0, root, to: 2 }], to: 2, ...range }],
  ...more,
})

const signatureLine = /(\u2014 log\.example [A-Za-z0-9+/=]+\\n)/
const witnessLine = /(\u2014 witness\.two [A-Za-z0-9+/=]+\\n)/

const files: readonly Wrong[] = [
  { what: 'the first byte of the magic changed', make: () => file.with(0, 0), rules: ['file_magic'] },
  { what: 'another version in the magic', make: () => file.with(7, 3), rules: ['file_magic'] },
  { what: 'another version at the end', make: () => file.with(-1, 3), rules: ['file_magic'] },
  { what: 'the magic alone', make: () => file.subarray(0, 8), rules: ['file_magic'] },
  {
    what: 'both magics and nothing between',
    make: () => Buffer.concat([file.subarray(0, 8), file.subarray(0, 8)]),
    rules: ['file_magic'],
  },
  {
    what: 'a layout longer than the file',
    make: () => {
      const bytes = Buffer.from(file)
      bytes.writeUInt32BE(0xffff_ffff, bytes.length - 12)
      return bytes
    },
    rules: ['file_layout'],
  },
  { what: 'a layout that is no JSON', make: () => replaceLayout(file, '{'), rules: ['json_invalid'] },
  {
    what: 'a layout with a member twice',
    make: () => replaceLayout(file, '{"sections":[],"sections":[]}'),
    rules: ['json_duplicate_key'],
  },
  {
    what: 'a layout with white space',
    make: () => replaceLayout(file, '{"sections": []}'),
    rules: ['json_not_canonical'],
  },
  {
    what: 'a layout nested a hundred deep',
    make: () => replaceLayout(file, '['.repeat(100)),
    rules: ['json_too_deep'],
  },
  {
    what: 'a layout nested a million deep',
    make: () => replaceLayout(file, '['.repeat(1_000_000)),
    rules: ['json_too_deep'],
  },
  { what: 'a layout that is a list', make: () => replaceLayout(file, '[]'), rules: ['line_shape'] },
  {
    what: 'a layout of no sections, over bytes that are there',
    make: () => replaceLayout(file, '{"sections":[]}'),
    rules: ['file_layout'],
  },
  {
    what: 'a section without a digest',
    make: () =>
      changeLayout(
        file,
        everySection((each) => delete (each as Partial<FileSection>).sha256),
      ),
    rules: ['file_layout'],
  },
  {
    what: 'an encoding that is not known',
    make: () => changeLayout(file, ([, first]) => void Object.assign(first ?? {}, { encoding: 'brotli' })),
    rules: ['file_layout'],
  },
  {
    what: 'lengths that reach into the layout',
    make: () =>
      changeLayout(
        file,
        everySection((each) => {
          each.bytes += 1
          if (each.encoding === 'stored') each.raw += 1
        }),
      ),
    rules: ['file_layout'],
  },
  {
    what: 'a negative length',
    make: () => changeLayout(file, ([first]) => void Object.assign(first ?? {}, { bytes: -1 })),
    rules: ['file_layout'],
  },
  {
    what: 'a stored section that announces more than it has',
    make: () =>
      changeLayout(
        file,
        everySection((each) => {
          if (each.name === 'export') each.raw += 1
        }),
      ),
    rules: ['file_layout'],
  },
  {
    what: 'a deflated section that announces a gigabyte',
    make: () =>
      changeLayout(
        file,
        everySection((each) => {
          if (each.encoding === 'deflate') each.raw = 2 ** 30
        }),
      ),
    rules: ['file_deflate'],
  },
  {
    what: 'a deflated section that announces one byte more',
    make: () =>
      changeLayout(file, (all) => {
        const packed = all.find(({ encoding }) => encoding === 'deflate')
        if (packed) packed.raw += 1
      }),
    includes: 'file_deflate',
  },
  {
    what: 'a byte behind the end of a deflated stream',
    make: () => changeBytes(file, 'document/0', (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
    includes: 'file_deflate',
  },
  {
    what: 'a deflated stream that is no stream',
    make: () => changeBytes(file, 'document/0', (bytes) => bytes.fill(255)),
    includes: 'file_deflate',
  },
  {
    what: 'a stream that inflates to a thousand times what is announced',
    make: () => changeBytes(file, 'document/0', () => deflateRawSync(Buffer.alloc(10_000_000))),
    includes: 'file_deflate',
  },
  {
    what: 'a bit turned in a section',
    make: () => changeBytes(file, 'group/0/fixed', (bytes) => bytes.fill(1, 0, 1)),
    includes: 'file_digest',
  },
  {
    what: 'sections that announce more than four gigabytes together',
    make: () => {
      const sections = [
        {
          bytes: 4_500_000,
          encoding: 'deflate',
          name: 'manifest',
          raw: 4_500_000 * 1_000,
          sha256: '0'.repeat(64),
        },
      ]
      return withLayout(
        Buffer.concat([file.subarray(0, 8), Buffer.alloc(4_500_000)]),
        JSON.stringify({ sections }),
      )
    },
    includes: 'file_too_large',
  },
  {
    what: 'a file of more than a gigabyte',
    make: () => {
      // Nobody touches the pages between; they are not there.
      const bytes = new Uint8Array(2 ** 30 + 1)
      bytes.set(file.subarray(0, 8))
      return bytes
    },
    rules: ['file_too_large'],
  },
  {
    what: 'a section left out',
    make: made({ changeSections: (all) => all.filter(({ name }) => name !== 'group/0/check') }),
    includes: 'file_section',
  },
  {
    what: 'a section twice',
    make: made({
      changeSections: (all) => all.flatMap((each) => (each.name === 'export' ? [each, each] : [each])),
    }),
    includes: 'file_section',
  },
  {
    what: 'two sections exchanged',
    make: made({ changeSections: (all) => [...all.slice(0, -2), ...all.slice(-2).toReversed()] }),
    includes: 'file_section',
  },
  {
    what: 'no groups',
    make: made({ changeSections: (all) => all.filter(({ name }) => !name.startsWith('group/')) }),
    includes: 'manifest_count',
  },
  {
    what: 'groups in another order',
    make: made({
      changeSections: (all) =>
        all.map((each) => ({
          ...each,
          name: each.name.replace(/^group\/([01])/, (_, g) => `group/${1 - Number(g)}`),
        })),
    }),
    includes: 'file_section',
  },
  {
    what: 'a document behind the last',
    make: made({
      changeSections: (all) =>
        all.flatMap((each) =>
          each.name === 'export' ? [{ name: 'document/9', raw: Buffer.of(1) }, each] : [each],
        ),
    }),
    includes: 'document_count',
  },
  {
    what: 'nothing but an export',
    make: made({ changeSections: (all) => all.filter(({ name }) => name === 'export') }),
    includes: 'manifest_missing',
  },
  {
    what: 'groups of another bundle of the same logs',
    make: () => mixed(/^group\//),
    includes: 'manifest_receipts',
  },
  { what: 'the trailer of another bundle', make: () => mixed(/^trailer$/), includes: 'proof_length' },
  { what: 'the export of another bundle', make: () => mixed(/^export$/), includes: 'export_manifest' },
  {
    what: 'a manifest that is deflated',
    make: () =>
      changeLayout(
        changeBytes(file, 'manifest', (bytes) => deflateRawSync(bytes)),
        everySection((each) => {
          if (each.name === 'manifest') each.encoding = 'deflate'
        }),
      ),
    includes: 'file_section',
  },
]

const everySection =
  (change: (section: FileSection) => unknown) =>
  (all: readonly FileSection[]): void => {
    for (const each of all) change(each)
  }

/** This bundle, with some sections of one that was made of more. */
function mixed(names: RegExp): Uint8Array {
  const { logs, bundle } = everyFeature()
  const first = readSections(bundle.bytes)
  logs.record({ operation: 'case.read' })
  const second = readSections(logs.bundle().bytes)
  return everyFeature({
    changeSections: () =>
      first.map((each) =>
        names.test(each.name) ? (second.find(({ name }) => name === each.name) ?? each) : each,
      ),
  }).bundle.bytes
}

const groups: readonly Wrong[] = [
  {
    what: 'a head with another member',
    make: section(
      'group/0/head',
      text((head) => head.replace('{', '{"also":1,')),
    ),
    includes: 'group_head',
  },
  {
    what: 'a head of another form',
    make: section(
      'group/0/head',
      text((head) => head.replace('full', 'folded')),
    ),
    includes: 'group_head',
  },
  {
    what: 'a group of no receipts',
    make: section(
      'group/0/head',
      text((head) => head.replace(/"count":\d+/, '"count":0')),
    ),
    includes: 'group_head',
  },
  {
    what: 'a group of too many receipts',
    make: section(
      'group/0/head',
      text((head) => head.replace(/"count":\d+/, '"count":65537')),
    ),
    includes: 'group_head',
  },
  {
    what: 'a group of a log that is not there',
    make: section(
      'group/0/head',
      text((head) => head.replace('"log":0', '"log":3')),
    ),
    includes: 'group_head',
  },
  {
    what: 'a count in another notation',
    make: section(
      'group/0/head',
      text((head) => head.replace('"log":0', '"log":0.0')),
    ),
    includes: 'json_not_canonical',
  },
  {
    what: 'a count that is less',
    make: section(
      'group/0/head',
      text((head) => head.replace('11', '10')),
    ),
    includes: 'group_column',
  },
  {
    what: 'a salt too many',
    make: section('group/0/actor/salt', (raw) => Buffer.concat([raw, Buffer.alloc(32)])),
    includes: 'group_column',
  },
  {
    what: 'a commitment too few',
    make: section('group/0/actor/commitment', (raw) => raw.subarray(32)),
    includes: 'group_column',
  },
  {
    what: 'a bit beyond the last receipt',
    make: section('group/0/actor/opened', (raw) => raw.fill((raw.at(-1) ?? 0) | 0x80, raw.length - 1)),
    includes: 'group_column',
  },
  {
    what: 'an index that goes on',
    make: section('group/0/index', (raw) => Buffer.concat([raw, Buffer.of(1)])),
    includes: 'group_column',
  },
  {
    what: 'an index twice',
    make: section('group/0/index', (raw) => raw.fill(0, 1, 2)),
    includes: 'index_order',
  },
  {
    what: 'an index with a longer form of zero',
    make: section('group/0/index', (raw) => Buffer.concat([Buffer.of(0x80, 0), raw.subarray(1)])),
    includes: 'group_varint',
  },
  {
    what: 'an index above 2^53',
    make: section('group/0/index', (raw) =>
      Buffer.concat([Buffer.alloc(7, 0xff), Buffer.of(0x7f), raw.subarray(1)]),
    ),
    includes: 'group_varint',
  },
  {
    what: 'an index that does not end',
    make: section('group/0/index', (raw) => Buffer.concat([raw.subarray(1), Buffer.of(0x80)])),
    includes: 'group_varint',
  },
  {
    what: 'a place that is out of turn',
    make: section('group/0/actor/value', (raw) => raw.fill(1, 0, 1)),
    includes: 'group_value',
  },
  {
    what: 'a value that nobody uses',
    make: section('group/0/place/values', (raw) => Buffer.concat([raw, Buffer.of(2), Buffer.from('{}')])),
    includes: 'group_value',
  },
  {
    what: 'more values than parts',
    make: section('group/0/place/values', (raw) => Buffer.concat([raw, Buffer.alloc(99, 0)])),
    includes: 'group_value',
  },
  {
    what: 'a value beyond the end',
    make: section('group/0/place/values', (raw) => Buffer.concat([Buffer.of(0xff, 0x7f), raw.subarray(1)])),
    includes: 'group_column',
  },
  {
    what: 'a value that is a list',
    make: section('group/0/place/values', (raw) =>
      Buffer.from(
        raw.toString('latin1').replace(/\{.*\}/, (value) => `["${'x'.repeat(value.length - 4)}"]`),
        'latin1',
      ),
    ),
    includes: 'group_value',
  },
  {
    what: 'a value with white space',
    make: section('group/0/place/values', (raw) =>
      Buffer.from(raw.toString('latin1').replace(':"eu-1"', ': "eu-"'), 'latin1'),
    ),
    includes: 'json_not_canonical',
  },
  {
    what: 'a value that is not UTF-8',
    make: section('group/0/place/values', (raw) =>
      Buffer.from(raw.toString('latin1').replace('eu-1', 'eu-\xff'), 'latin1'),
    ),
    includes: 'utf8_invalid',
  },
  {
    what: 'a salt changed',
    make: section('group/0/actor/salt', (raw) => raw.fill(0, 0, 1)),
    rules: ['entry_check', 'manifest_receipts', 'proof_root'],
  },
  {
    what: 'a value changed',
    make: section('group/0/actor/values', (raw) =>
      Buffer.from(raw.toString('latin1').replace('usr_ana', 'usr_eve'), 'latin1'),
    ),
    rules: ['entry_check', 'manifest_receipts', 'proof_root'],
  },
  {
    what: 'a cost changed',
    make: section('group/0/fixed', (raw) => raw.fill(7, raw.length - 1)),
    rules: ['entry_check', 'manifest_receipts', 'manifest_perf_cost', 'proof_root'],
  },
  {
    what: 'an entry of another class',
    make: section('group/0/fixed', (raw) => raw.fill(2, 11 * 59, 11 * 59 + 1)),
    includes: 'entry_class',
  },
  {
    what: 'an entry of a class that is not known',
    make: section('group/0/fixed', (raw) => raw.fill(9, 11 * 59, 11 * 59 + 1)),
    includes: 'entry_retention',
  },
  {
    what: 'a trace that is all zeros',
    make: section('group/0/fixed', (raw) => raw.fill(0, 11 * 16, 11 * 16 + 16)),
    includes: 'entry_trace',
  },
  {
    what: 'a receipt id twice',
    make: section('group/0/fixed', (raw) => {
      raw.copy(raw, 5 * 16, 4 * 16, 5 * 16)
      return raw
    }),
    includes: 'id_duplicate',
  },
  {
    what: 'the check of another receipt',
    make: section('group/0/check', (raw) => {
      raw.copy(raw, 4, 0, 4)
      return raw
    }),
    rules: ['entry_check'],
  },
  {
    what: 'a leaf hash of a folded receipt changed',
    make: section('group/2/leaf', (raw) => raw.fill(0, 0, 1)),
    includes: 'proof_root',
  },
  {
    what: 'groups of a log in the wrong order',
    make: made({
      changeSections: (all) =>
        all.map((each) =>
          each.name === 'group/1/index' ? { name: each.name, raw: Buffer.of(90, 1) } : each,
        ),
    }),
    includes: 'group_order',
  },
  {
    what: 'an output that does not fit the decision',
    make: small((logs) => logs.record({ class: 'short', parts: { output: { sha256: 'short' } } })),
    rules: ['part_shape'],
  },
  {
    what: 'an effect whose parent is no intent',
    make: small((logs) => {
      const first = logs.record({ class: 'short' })
      logs.record({ class: 'short', parent: first })
    }),
    rules: ['parent_kind'],
  },
  {
    what: 'two outcomes of one intent',
    make: small((logs) => {
      const intent = logs.record({ class: 'short', phase: 'intent' })
      logs.record({ class: 'short', phase: 'outcome', parent: intent })
      logs.record({ class: 'short', phase: 'outcome', parent: intent })
    }),
    rules: ['outcome_duplicate'],
  },
]

const manifests: readonly Wrong[] = [
  {
    what: 'a log with another member',
    make: manifest((before) => before.replace('{"class":"standard"', '{"also":1,"class":"standard"')),
    includes: 'manifest_log',
  },
  {
    what: 'no logs',
    make: manifest((before) =>
      before.replace(/"logs":\[.*?\}\]/s, '"logs":[]').replace(/"logs":\[\].*?"scope"/s, '"logs":[],"scope"'),
    ),
    includes: 'manifest_log',
  },
  {
    what: 'logs in the wrong order',
    make: manifest((before) => before.replace('"class":"standard"', '"class":"long"')),
    includes: 'manifest_log',
  },
  {
    what: 'one origin twice',
    make: manifest((before) => before.replaceAll('/short"', '/standard"')),
    includes: 'manifest_log',
  },
  {
    what: 'a class that is not known',
    make: manifest((before) => before.replace('"class":"short"', '"class":"forever"')),
    includes: 'manifest_log',
  },
  {
    what: 'ranges that touch',
    make: manifest((before) =>
      before.replace('"complete":[{"from":0,', '"complete":[{"from":0,"to":1},{"from":1,'),
    ),
    includes: 'complete_form',
  },
  {
    what: 'an empty range',
    make: manifest((before) =>
      before.replace('"complete":[{"from":0,"to":11}]', '"complete":[{"from":3,"to":3}]'),
    ),
    includes: 'complete_form',
  },
  {
    what: 'two ranges in a period',
    make: manifest((before) =>
      before.replace('"complete":[{"from":0,', '"complete":[{"from":0,"to":1},{"from":2,'),
    ),
    rules: ['complete_period'],
  },
  {
    what: 'a range that ends early',
    make: manifest((before) => before.replace('"to":11}', '"to":9}')),
    rules: ['complete_period'],
  },
  {
    what: 'a range that begins late',
    make: manifest((before) => before.replace('{"from":0,"to":11}', '{"from":1,"to":11}')),
    rules: ['complete_period'],
  },
  {
    what: 'a range beyond the log',
    make: manifest((before) => before.replace('{"from":0,"to":11}', '{"from":0,"to":12}')),
    includes: 'complete_missing',
  },
  {
    what: 'a receipt left out of a range',
    make: made({
      select: ({ operation, index }: { operation?: string; index: number; class?: string }) =>
        operation !== undefined || index !== 5,
    }),
    includes: 'complete_missing',
  },
  {
    what: 'a count that is not so',
    make: manifest((before) => before.replace('"count":11', '"count":12')),
    rules: ['manifest_count'],
  },
  {
    what: 'a sum that is not so',
    make: manifest((before) => before.replace(/"rows":\d+/, '"rows":999')),
    rules: ['manifest_perf_cost'],
  },
  {
    what: 'a digest that is not so',
    make: manifest((before) =>
      before.replace(/("origin":"[^"]*standard","sha256":")../, '$1zz').replace('zz', '00'),
    ),
    rules: ['manifest_receipts'],
  },
  {
    what: 'version 1 in a file of version 2',
    make: manifest((before) => before.replace('"version":2', '"version":1')),
    includes: 'manifest_version',
  },
  {
    what: 'a release without a version',
    make: small(() => undefined, { scope: { release: 'ioc-triage' } }),
    includes: 'manifest_scope',
  },
  {
    what: 'a package left out',
    make: manifest((before) => before.replace(/"marketplace":\[\{.*?\}\]/, '"marketplace":[]')),
    rules: ['manifest_package_missing'],
  },
  {
    what: 'a manifest exchanged after the export',
    make: section(
      'manifest',
      text((before) => before.replace('"createdAt":1', '"createdAt":2')),
    ),
    rules: ['export_manifest'],
  },
  {
    what: 'a manifest that is no JSON',
    make: section('manifest', () => Buffer.from('nonsense')),
    includes: 'json_invalid',
  },
]

const exportsAndProofs: readonly Wrong[] = [
  {
    what: 'an export without a log',
    make: section(
      'export',
      text((before) => before.replace(/"log":\d,/, '')),
    ),
    includes: 'line_shape',
  },
  {
    what: 'an export of a log that is not there',
    make: section(
      'export',
      text((before) => before.replace(/"log":\d/, '"log":7')),
    ),
    includes: 'line_shape',
  },
  {
    what: 'an export of another log',
    make: section(
      'export',
      text((before) => before.replace(/"log":\d/, '"log":0')),
    ),
    includes: 'entry_class',
  },
  {
    what: 'an export whose output is not opened',
    make: section(
      'export',
      text((before) => before.replace(/"output":\{.*?\}\},/, '')),
    ),
    rules: ['export_redacted'],
  },
  {
    what: 'an export before the last receipt',
    make: section(
      'export',
      text((before) => before.replace(/"index":\d+/, '"index":0')),
    ),
    includes: 'index_order',
  },
  {
    what: 'no trailer to speak of',
    make: section('trailer', () => Buffer.from('{}')),
    includes: 'trailer_missing',
  },
  {
    what: 'a trailer of fewer logs',
    make: made({ changeTrailer: (value) => ({ ...value, logs: (value['logs'] as object[]).slice(1) }) }),
    includes: 'trailer_missing',
  },
  {
    what: 'checkpoints and proofs of other logs',
    make: made({ changeTrailer: (value) => ({ ...value, logs: (value['logs'] as object[]).toReversed() }) }),
    includes: 'checkpoint_origin',
  },
  {
    what: 'a proof with a hash too many',
    make: trailer((before) => before.replace('"proof":[]', `"proof":["${root}"]`)),
    includes: 'proof_length',
  },
  {
    what: 'a proof that is no base64',
    make: trailer((before) => before.replaceAll('"proof":[]', '"proof":["!"]')),
    includes: 'proof_base64',
  },
  {
    what: 'a checkpoint of size 0',
    make: trailer((before) => before.replace('standard\\n11\\n', 'standard\\n0\\n')),
    includes: 'checkpoint_form',
  },
  {
    what: 'a checkpoint of another size',
    make: trailer((before) => before.replace('standard\\n11\\n', 'standard\\n12\\n')),
    includes: 'checkpoint_signature',
  },
  {
    what: 'a checkpoint smaller than its indices',
    make: trailer((before) => before.replace('standard\\n11\\n', 'standard\\n9\\n')),
    includes: 'proof_index',
  },
  {
    what: 'a checkpoint with an extension line',
    make: trailer((before) => before.replace('standard\\n11\\n', 'standard\\n11\\nmore\\n')),
    includes: 'checkpoint_form',
  },
  {
    what: 'a checkpoint signed by nobody first',
    make: trailer((before) => before.replace(signatureLine, '')),
    includes: 'checkpoint_form',
  },
  {
    what: "the log's own signature twice",
    make: trailer((before) => before.replace(signatureLine, '$1$1')),
    includes: 'cosignature_form',
  },
  {
    what: 'a cosignature twice',
    make: trailer((before) => before.replace(witnessLine, '$1$1')),
    includes: 'checkpoint_duplicate',
  },
  {
    what: 'a key whose name is no beginning of the origin',
    make: trailer((before) => before.replaceAll('\u2014 log.example ', '\u2014 log.exam ')),
    includes: 'checkpoint_form',
  },
  {
    what: 'a history that starts with size 0',
    make: trailer((before) => before.replace('"size":4', '"size":0')),
    includes: 'history_shape',
  },
  {
    what: 'a history of another root',
    make: trailer((before) => before.replace(/"root":"[^"]*","size":4/, `"root":"${root}","size":4`)),
    rules: ['history_proof'],
  },
]

const keys: readonly Wrong[] = [
  {
    what: 'a checkpoint by a key that was retired',
    make: () => [everyFeature({ signedBy: 0 }).bundle.bytes, good.trust],
    includes: 'checkpoint_key_retired',
  },
  {
    what: 'a key that no rotation leads to',
    make: trailer((before) => before.replace(/"rotations":\[.*\]/, '"rotations":[]')),
    includes: 'checkpoint_key',
  },
  {
    what: 'a rotation with another time',
    make: trailer((before) => before.replace(/\\n1767225\d+\\n/, '\\n1767225999999\\n')),
    includes: 'rotation_signature',
  },
  {
    what: 'a rotation that lacks a signature',
    make: trailer((before) =>
      before.replace(/(\\n\\n)\u2014 log\.example [A-Za-z0-9+/=]+\\n(\u2014 [^"]*"\])/, '$1$2'),
    ),
    includes: 'rotation_form',
  },
  {
    what: 'a rotation twice',
    make: made({
      changeTrailer: (value) => ({
        ...value,
        rotations: [...(value['rotations'] as string[]), ...(value['rotations'] as string[])],
      }),
    }),
    rules: ['rotation_form'],
  },
  {
    what: 'rotations that are no list',
    make: made({ changeTrailer: (value) => ({ ...value, rotations: {} }) }),
    includes: 'rotation_form',
  },
  {
    what: 'a cosignature that is cut',
    make: trailer((before) => before.replace(witnessLine, (line) => `${line.slice(0, -8)}\\n`)),
    includes: 'cosignature_form',
  },
  {
    what: 'a cosignature of another time',
    make: trailer((before) =>
      before.replace(witnessLine, (line) =>
        line.replace(/(witness\.two .{12})./, (_, head: string) => `${head}x`),
      ),
    ),
    includes: 'cosignature_signature',
  },
  {
    what: 'more cosignatures than a checkpoint may have',
    make: trailer((before) => before.replace(witnessLine, (line) => line.repeat(17))),
    includes: 'cosignature_form',
  },
  {
    what: 'cosignatures from the future',
    make: () => [file, { ...good.trust, now: 1_700_000_000_000 }],
    includes: 'cosignature_future',
  },
  {
    what: 'fewer witnesses than needed',
    make: () => [file, { ...good.trust, witnessesNeeded: 3 }],
    rules: ['witness_quorum'],
  },
  {
    what: 'one witness given twice where two are needed',
    make: () => [
      everyFeature({ cosignedBy: ['witness.one'] }).bundle.bytes,
      { ...good.trust, witnessKeys: [...(good.trust.witnessKeys ?? []), good.trust.witnessKeys?.[0] ?? ''] },
    ],
    rules: ['witness_quorum'],
  },
  {
    what: "a log's key given for a witness's",
    make: () => [file, { ...good.trust, witnessKeys: good.trust.logKeys, witnessesNeeded: 0 }],
    rules: ['witness_key_form'],
  },
  {
    what: "a witness's key given for a log's",
    make: () => [file, { ...good.trust, logKeys: good.trust.witnessKeys ?? [] }],
    includes: 'log_key_form',
  },
  {
    what: 'a saved checkpoint of a longer log',
    make: () => [file, { ...good.trust, savedCheckpoint: longer() }],
    rules: ['saved_ahead'],
  },
  {
    what: 'a saved checkpoint of a fork',
    make: () => [file, { ...good.trust, savedCheckpoint: forked() }],
    rules: ['saved_fork'],
  },
  {
    what: 'a saved checkpoint that history does not reach',
    make: () => [other, { ...good.trust, savedCheckpoint: good.saved }],
    rules: ['saved_unproved'],
  },
  {
    what: 'a saved checkpoint by another key',
    make: () => [file, { ...good.trust, savedCheckpoint: otherKeys() }],
    rules: ['saved_key'],
  },
  {
    what: 'a saved checkpoint that is none',
    make: () => [file, { ...good.trust, savedCheckpoint: ['nonsense'] }],
    rules: ['saved_form'],
  },
]

function longer(): string {
  const { logs } = everyFeature()
  for (let i = 0; i < 9; i++) logs.record()
  return logs.checkpoint('standard')
}
function forked(): string {
  const logs = createTestLogs()
  for (let i = 0; i < 4; i++) logs.record({ operation: 'another' })
  return logs.checkpoint('standard')
}
function otherKeys(): string {
  const logs = createTestLogs({ seed: 'another' })
  logs.record()
  return logs.checkpoint('standard')
}

const statements: readonly Wrong[] = [
  {
    what: 'a statement that no receipt vouches for',
    make: small(() => undefined, {
      documents: [
        { name: 'statement/x.json', bytes: Buffer.from(JSON.stringify(pruneOf('log.example/x', {}))) },
      ],
    }),
    rules: ['statement_receipt'],
  },
  {
    what: 'a statement of another operation',
    make: withStatement('evidence.fold', (log) => pruneOf(log, {})),
    rules: ['statement_receipt'],
  },
  {
    what: 'a statement that is no JSON',
    make: small(() => undefined, {
      documents: [{ name: 'statement/x.json', bytes: Buffer.from('nonsense') }],
    }),
    rules: ['json_invalid'],
  },
  {
    what: 'a statement with another member',
    make: withStatement('evidence.prune', (log) => ({ also: 1, ...pruneOf(log, {}) })),
    rules: ['statement_form'],
  },
  {
    what: 'a statement of another class than its log',
    make: withStatement('evidence.prune', (log) => pruneOf(log, {}, { class: 'standard' })),
    rules: ['statement_form'],
  },
  {
    what: 'a subtree that is not aligned',
    make: withStatement('evidence.prune', (log) =>
      pruneOf(log, { from: 1, subtrees: [{ from: 1, root, to: 3 }], to: 3 }),
    ),
    rules: ['statement_form'],
  },
  {
    what: 'subtrees that do not fill their range',
    make: withStatement('evidence.prune', (log) => pruneOf(log, { to: 3 })),
    rules: ['statement_form'],
  },
  {
    what: 'a range that is empty',
    make: withStatement('evidence.prune', (log) => pruneOf(log, { subtrees: [], to: 0 })),
    rules: ['statement_form'],
  },
  {
    what: 'times the wrong way round',
    make: withStatement('evidence.prune', (log) => pruneOf(log, { oldestAt: 10 })),
    rules: ['statement_form'],
  },
  {
    what: 'a receipt that a statement says is gone',
    make: withStatement('evidence.prune', (log) => pruneOf(log, {})),
    rules: ['subtree_known'],
  },
  {
    what: 'a range pruned twice',
    make: small((logs) => {
      logs.prune('short', [{ from: 0, to: 2 }])
      logs.prune('short', [{ from: 1, to: 2 }])
    }),
    includes: 'statement_overlap',
  },
  {
    what: 'a receipt removed without a prune receipt',
    make: small(() => undefined, { select: ({ class: log, index }) => log !== 'short' || index !== 1 }),
    rules: ['complete_missing'],
  },
  {
    what: 'the statement on what was pruned withheld',
    make: () => without('document/1'),
    includes: 'complete_missing',
  },
  {
    what: 'the statement on what was folded withheld',
    make: () => without('document/2'),
    includes: 'fold_statement',
  },
  {
    what: 'a folded range in part',
    make: small((logs) => logs.fold('short', [{ from: 0, to: 3 }]), {
      select: ({ class: log, index }) => log !== 'short' || index !== 1,
      complete: { short: [{ from: 2, to: 3 }] },
    }),
    includes: 'fold_partial',
  },
  {
    what: 'a fixed field of a folded receipt changed',
    make: section('group/2/fixed', (raw) => raw.fill(9, raw.length - 1)),
    includes: 'fold_fixed',
  },
]

function without(name: string): Uint8Array {
  return made({ changeSections: (all) => all.filter((each) => each.name !== name) })()
}

const approvals: readonly Wrong[] = [
  {
    what: 'who asked among the approvers',
    make: small((logs) => approved(logs, ['usr_ana', 'usr_rita'])),
    rules: ['approval_self'],
  },
  {
    what: 'an approver twice',
    make: small((logs) => approved(logs, ['usr_rita', 'usr_rita'])),
    rules: ['approval_duplicate'],
  },
  { what: 'an approval by nobody', make: small((logs) => approved(logs, [])), rules: ['approval_decision'] },
  {
    what: 'an approval that was refused',
    make: small((logs) => {
      approved(logs, ['usr_rita'])
      decide(logs, 'review.approve', 'usr_rita', 'denied')
    }),
    rules: ['approval_decision'],
  },
  {
    what: 'a task that was denied',
    make: small((logs) => {
      approved(logs, ['usr_rita'])
      decide(logs, 'review.approve', 'usr_rita')
      decide(logs, 'review.deny', 'usr_tom')
    }),
    rules: ['approval_decision'],
  },
]

function approved(logs: TestLogs, by: readonly string[]): void {
  logs.record({ class: 'short', parts: { policy: { approvals: [{ task: 'tsk_9', by }] } } })
}
function decide(
  logs: TestLogs,
  operation: string,
  user: string,
  decision: 'allowed' | 'denied' = 'allowed',
): void {
  logs.record({ class: 'short', operation, user, decision, parts: { subject: { target: 'tsk_9' } } })
}

const table = [...files, ...groups, ...manifests, ...exportsAndProofs, ...keys, ...statements, ...approvals]

for (const { what, make, rules, includes } of table) {
  test(`${what} is red`, async () => {
    const produced = make()
    const [bytes, trust] = produced instanceof Uint8Array ? [produced, good.trust] : produced
    const red = await redRules(bytes, trust)
    if (rules !== undefined) assert.deepEqual(red, rules)
    if (includes !== undefined) assert.ok(red.includes(includes), red.join() || 'green')
  })
}

test('every rule that version 2 has of its own is provoked here', () => {
  const provoked = new Set(
    table.flatMap(({ rules = [], includes }) => [...rules, ...(includes === undefined ? [] : [includes])]),
  )
  const own = [
    ...rulesByCheck.file,
    ...rulesByCheck.groups,
    ...rulesByCheck.statements,
    ...rulesByCheck.folds,
    ...rulesByCheck.witnesses,
    ...rulesByCheck.rotations,
    ...rulesByCheck.completeness,
    ...rulesByCheck.approvals,
    'manifest_log',
    'entry_class',
    'subtree_known',
    'checkpoint_duplicate',
    'checkpoint_key_retired',
  ] as const
  assert.deepEqual(
    own.filter((rule) => !provoked.has(rule)),
    [],
  )
})
