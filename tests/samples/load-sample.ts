import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const samples = new URL('../../samples/plugins/', import.meta.url)

export type SampleRun = (args: Record<string, unknown>, api: unknown) => Promise<Record<string, unknown>>

/** The manifest of a sample as written. */
export function sampleManifest(name: string): Record<string, unknown> & { readonly entry: string } {
  return JSON.parse(readFileSync(new URL(`${name}/manifest.json`, samples), 'utf8'))
}

/** One of a sample's ES modules. Guest code is not part of the product's types, hence `any` at this one place. */
export async function sampleModule(name: string, file: string): Promise<any> {
  return import(new URL(`${name}/${file}`, samples).href)
}

/** `run` of a sample, found as the sandbox finds it: `.mjs` is a module, `.js` here is CommonJS. */
export async function sampleRun(name: string): Promise<SampleRun> {
  const { entry } = sampleManifest(name)
  if (entry.endsWith('.mjs')) return (await sampleModule(name, entry)).run
  const path = new URL(`${name}/${entry}`, samples)
  const module: { exports: { run?: SampleRun } } = { exports: {} }
  const body = `${readFileSync(path, 'utf8')}\n//# sourceURL=${path.href}`
  new Function('module', 'exports', 'require', body)(
    module,
    module.exports,
    createRequire(pathToFileURL(import.meta.filename)),
  )
  if (module.exports.run === undefined) throw new Error(`${name} exports no run`)
  return module.exports.run
}
