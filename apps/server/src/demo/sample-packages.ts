import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatePublisherKey, packPackage, signPackage } from '@switchboard/plugin-sdk'
import { buildDataPackages } from './data-packages/index.ts'

const samples = fileURLToPath(new URL('../../../../samples/plugins', import.meta.url))
const useful = ['ioc-triage', 'ip-asn-context', 'sample-enricher']
const hostile = ['hostile-escape', 'hostile-exhaust']

/** Packages of one publisher, signed. */
export interface SignedPackages {
  readonly publisher: { readonly name: string; readonly publicKeyPem: string }
  /** By name, data packages first: plugins need them installed. */
  readonly files: readonly { readonly name: string; readonly path: string }[]
}

export interface SamplePackages extends SignedPackages {
  /**
   * What attacks on purpose, to show that it is held. Its publisher is another one and says so: who vouches for the samples
   * does not vouch for these, and no demonstration gets them.
   */
  readonly hostile: SignedPackages
}

/**
 * Packs and signs the samples and the data packages on this machine. The keys are made for it and forgotten: what they signed
 * can be verified for ever, and nothing else will ever be signed with them.
 */
export async function makeSamplePackages(folder: string): Promise<SamplePackages> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const work = join(folder, 'unpacked')
  const data = await buildDataPackages(work)
  const inSamples = (name: string): string => join(samples, name)
  const sources = [...data.map(({ name }) => join(work, name)), ...useful.map(inSamples)]
  const signed = await signAll('Samples of this machine', sources, folder)
  await rm(work, { recursive: true, force: true })
  return {
    ...signed,
    hostile: await signAll('Hostile samples of this machine', hostile.map(inSamples), folder),
  }
}

async function signAll(name: string, sources: readonly string[], folder: string): Promise<SignedPackages> {
  const { privateKeyPem, publicKeyPem } = generatePublisherKey()
  const files = []
  for (const source of sources) {
    const packed = await packPackage(source, { outDir: folder })
    await signPackage(packed.file, { privateKeyPem })
    files.push({ name: packed.name, path: packed.file })
  }
  return { publisher: { name, publicKeyPem }, files }
}

/** A package file as `package.add` takes it. */
export async function readPackage(path: string): Promise<string> {
  return (await readFile(path)).toString('base64')
}
