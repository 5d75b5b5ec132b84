import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { compileFunction } from 'node:vm'

const samples = new URL('../../samples/plugins/', import.meta.url)

export type SampleRun = (args: Record<string, unknown>, api: unknown) => Promise<Record<string, unknown>>

/** The manifest of a sample as written. */
export function sampleManifest(name: string): Record<string, unknown> & { readonly entry: string } {
  return JSON.parse(readFileSync(new URL(`${name}/manifest.json`, samples), 'utf8'))
}

/** One of a sample's ES modules. Guest code is no part of the product's types, so the test says what it expects. */
export async function sampleModule<T>(name: string, file: string): Promise<T> {
  return (await import(new URL(`${name}/${file}`, samples).href)) as T
}

/** `run` of a sample, found as the sandbox finds it: `.mjs` is a module, `.js` here is CommonJS. */
export async function sampleRun(name: string): Promise<SampleRun> {
  const { entry } = sampleManifest(name)
  if (entry.endsWith('.mjs')) return (await sampleModule<{ run: SampleRun }>(name, entry)).run
  const source = readFileSync(new URL(`${name}/${entry}`, samples), 'utf8')
  const module: { exports: { run?: SampleRun } } = { exports: {} }
  compileFunction(source, ['module', 'exports', 'require'])(
    module,
    module.exports,
    createRequire(import.meta.url),
  )
  if (module.exports.run === undefined) throw new Error(`${name} exports no run`)
  return module.exports.run
}
