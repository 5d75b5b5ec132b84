import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packPackage, signPackage } from '@switchboard/plugin-sdk'
import type { PublisherKeyPair } from '@switchboard/plugin-sdk'

/** A plugin that makes one brokered call and answers with what it found. */
const code = `exports.run = async function (args, api) {
  const found = await api.graph.search({ q: args.q, limit: 10 })
  return { ok: true, results: found.map(({ id, type, name }) => ({ id, type, name })) }
}
`

/** Packs and signs the probe in `folder`; answers it as `package.add` takes it. */
export async function packProbe(folder: string, name: string, key: PublisherKeyPair): Promise<string> {
  const source = join(folder, name)
  await mkdir(source, { recursive: true })
  const manifest = {
    name,
    version: '1.0.0',
    entry: 'index.js',
    capabilities: { graph: ['read'], network: false },
    permissions: [],
    budgets: { ms: 5_000, memoryMB: 64, rows: 1_000 },
  }
  await writeFile(join(source, 'index.js'), code)
  await writeFile(join(source, 'manifest.json'), JSON.stringify(manifest))
  const { file } = await packPackage(source, { outDir: folder })
  await signPackage(file, { privateKeyPem: key.privateKeyPem })
  return (await readFile(file)).toString('base64')
}
