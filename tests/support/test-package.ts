import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatePublisherKey, packPackage, signPackage } from '@switchboard/plugin-sdk'
import type { PublisherKeyPair } from '@switchboard/plugin-sdk'

/** A package as a test writes it: the parts of its manifest that matter, and code in a line or two. */
export interface TestPackage {
  readonly name?: string
  readonly version?: string
  /** Body of `async run(args, api)`; or files by path. */
  readonly code?: string
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly manifest?: Readonly<Record<string, unknown>>
  readonly budgets?: Readonly<Record<string, number>>
  readonly signedBy?: PublisherKeyPair
}

/** The publisher whom test organisations have pinned. Making a key is slow and says nothing new in each test. */
export const testPublisher = generatePublisherKey()

/** Packs and signs with the real SDK; answers the bytes of the .sbp file. */
export async function buildPackage(wanted: TestPackage): Promise<Buffer> {
  const {
    name = 'probe',
    version = '1.0.0',
    code = 'return null',
    files,
    manifest = {},
    budgets = {},
  } = wanted
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-package-'))
  try {
    const full = {
      name,
      version,
      entry: 'index.js',
      capabilities: { network: false },
      permissions: [],
      budgets: { ms: 5_000, memoryMB: 32, rows: 100, ...budgets },
      ...manifest,
    }
    const sources = files ?? { 'index.js': `exports.run = async function (args, api) { ${code} }\n` }
    await put(folder, { ...sources, 'manifest.json': JSON.stringify(full) })
    return await packed(folder, wanted.signedBy ?? testPublisher)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * A plugin of `samples/plugins`, packed and signed.
 *
 * @param changes the same code under another name or with other budgets: on a busy machine a second is over before the
 * work of a sample is done, or before another of its budgets is used up.
 */
export async function samplePackage(
  sample: string,
  changes: {
    readonly name?: string
    readonly budgets?: Readonly<Record<string, number>>
    readonly signedBy?: PublisherKeyPair
  } = {},
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-package-'))
  try {
    await cp(fileURLToPath(new URL(`../../samples/plugins/${sample}`, import.meta.url)), folder, {
      recursive: true,
    })
    const path = join(folder, 'manifest.json')
    const manifest = JSON.parse(await readFile(path, 'utf8')) as { name: string; budgets: object }
    const { name = manifest.name, budgets = {}, signedBy = testPublisher } = changes
    await writeFile(path, JSON.stringify({ ...manifest, name, budgets: { ...manifest.budgets, ...budgets } }))
    return await packed(folder, signedBy)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Files of a plugin that imports an npm library, which packing bundles and lists in the SBOM. */
export const bundlingFiles: Readonly<Record<string, string>> = {
  'index.js': "const { side } = require('left-side')\nexports.run = async () => ({ side: side() })\n",
  'package-lock.json': JSON.stringify({
    lockfileVersion: 3,
    packages: { 'node_modules/left-side': { version: '1.2.3' } },
  }),
  'node_modules/left-side/package.json': JSON.stringify({
    name: 'left-side',
    version: '1.2.3',
    license: 'MIT',
    main: 'index.js',
  }),
  'node_modules/left-side/index.js': "exports.side = () => 'left'\n",
}

/** A data package over `csv`. */
export function dataPackage(table: {
  readonly name: string
  readonly version?: string
  readonly csv: string
  readonly columns: readonly { readonly name: string; readonly type: 'ip' | 'integer' | 'string' }[]
  readonly key: Readonly<Record<string, string>>
  readonly signedBy?: PublisherKeyPair
}): Promise<Buffer> {
  const { name, version = '1.0.0', csv, columns, key } = table
  const manifest = {
    name,
    version,
    kind: 'data',
    title: name,
    summary: 'A table for tests.',
    licence: 'CC0-1.0',
    sources: [{ name: 'test', version: '1', licence: 'CC0-1.0' }],
    table: { file: 'table.csv', columns, key },
    capturedAt: Date.UTC(2026, 0, 1),
  }
  return packDataPackage(manifest, csv, table.signedBy)
}

async function packDataPackage(
  manifest: Record<string, unknown>,
  csv: string,
  signedBy = testPublisher,
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-package-'))
  try {
    await put(folder, { 'table.csv': csv, 'manifest.json': JSON.stringify(manifest) })
    return await packed(folder, signedBy)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function packed(folder: string, signedBy: PublisherKeyPair): Promise<Buffer> {
  const { file } = await packPackage(folder, { outDir: join(folder, '.out') })
  await signPackage(file, { privateKeyPem: signedBy.privateKeyPem })
  return await readFile(file)
}

async function put(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
