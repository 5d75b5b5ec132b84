import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { CliIo } from '../../cli-io.ts'

/** A folder that is gone when disposed of. */
export async function temporary() {
  const path = await mkdtemp(join(tmpdir(), 'switchboard-author-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export const manifest = {
  name: 'probe',
  version: '1.0.0',
  entry: 'index.js',
  capabilities: { graph: ['read'], network: false },
  budgets: { ms: 5000, memoryMB: 32, rows: 10, calls: 20 },
  permissions: [],
}
const world = {
  graph: {
    source: { name: 's', version: '1', licence: 'CC0-1.0' },
    entities: Array.from({ length: 12 }, (_, i) => ({
      key: `host:${i}`,
      type: 'host',
      name: `acme host ${i}`,
    })),
  },
}

/** Writes files below a folder; what is no text is written as JSON. */
export async function write(folder: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(
      join(folder, path),
      typeof content === 'string' ? content : (JSON.stringify(content) ?? ''),
    )
  }
}

/** A plugin's folder with a manifest and a world, and `files` over them; gone when disposed of. */
export async function pluginFolder(files: Readonly<Record<string, unknown>>) {
  const folder = await temporary()
  await write(folder.path, { 'manifest.json': manifest, 'fixtures/world.json': world, ...files })
  return folder
}

/** Runs a command in this process; the level is the weakest, because it is not what these tests are about. */
export async function inProcess(
  command: (argv: readonly string[], io: CliIo) => Promise<number>,
  ...argv: readonly string[]
) {
  let out = ''
  let err = ''
  const code = await command(argv, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    env: { SWITCHBOARD_SANDBOX: 'development' },
    fetch,
    stdin: async () => new Uint8Array(),
  })
  return { code, out, err }
}
