import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatePublisherKey, packPackage, signPackage } from '@switchboard/plugin-sdk'
import { buildDataPackages } from './data-packages/index.ts'

const samples = fileURLToPath(new URL('../../../../samples/plugins', import.meta.url))
/** The hostile samples are for tests: nobody should find them in a catalogue. */
const shelved = ['ioc-triage', 'ip-asn-context', 'sample-enricher']

export interface SamplePackages {
  readonly publisher: { readonly name: string; readonly publicKeyPem: string }
  /** Signed package files by name, data packages first: plugins need them installed. */
  readonly files: readonly { readonly name: string; readonly path: string }[]
}

/**
 * Packs and signs the samples and the data packages on this machine. The key is made for it and forgotten: what it signed
 * can be verified for ever, and nothing else will ever be signed with it.
 */
export async function makeSamplePackages(folder: string): Promise<SamplePackages> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { privateKeyPem, publicKeyPem } = generatePublisherKey()
  const work = join(folder, 'unpacked')
  const data = await buildDataPackages(work)
  const sources = [...data.map(({ name }) => join(work, name)), ...shelved.map((name) => join(samples, name))]
  const files = []
  for (const source of sources) {
    const packed = await packPackage(source, { outDir: folder })
    await signPackage(packed.file, { privateKeyPem })
    files.push({ name: packed.name, path: packed.file })
  }
  await rm(work, { recursive: true, force: true })
  return { publisher: { name: 'Samples of this machine', publicKeyPem }, files }
}

/** A package file as `package.add` takes it. */
export async function readPackage(path: string): Promise<string> {
  return (await readFile(path)).toString('base64')
}
