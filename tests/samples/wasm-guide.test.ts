import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { packPackage } from '@switchboard/plugin-sdk'
import { openTestSandbox, refuse, returned } from '../../apps/server/src/sandbox/testing/open-test-sandbox.ts'
import { missingToolchain } from '../../scripts/wasm-samples.mjs'

const guide = await readFile(new URL('../../docs/guides/write-a-wasm-plugin.md', import.meta.url), 'utf8')
/** Blocks by what stands behind their language: a file of the plugin, or the toolchain whose commands they are. */
const blocks = new Map(
  [...guide.matchAll(/^```\w+ (\S+)\n([^]*?)^```/gm)].map(
    ([, name = '', text = '']) => [name, text] as const,
  ),
)

for (const [toolchain, files] of [
  ['rust', ['manifest.json', 'Cargo.toml', 'src/lib.rs']],
  ['go', ['manifest.json', 'go.mod', 'main.go']],
] as const) {
  test(
    `the guide’s plugin in ${toolchain} builds, packs, asks and answers`,
    { timeout: 240_000 },
    async (t) => {
      const missing = missingToolchain(toolchain)
      if (missing !== undefined) return t.skip(missing)
      const folder = await mkdtemp(join(tmpdir(), 'switchboard-guide-'))
      try {
        for (const file of files) {
          await mkdir(dirname(join(folder, file)), { recursive: true })
          await writeFile(join(folder, file), blocks.get(file) ?? assert.fail(`the guide has no ${file}`))
        }
        execFileSync('sh', ['-ec', blocks.get(toolchain) ?? assert.fail(toolchain)], {
          cwd: folder,
          stdio: 'pipe',
        })
        const packed = await packPackage(folder, { outDir: join(folder, '.out') })
        assert.equal(packed.name, 'found-in-rust')

        await using sandbox = await openTestSandbox()
        const module = await readFile(join(folder, 'plugin.wasm'))
        const budgets = { memoryMB: 32 }
        const onCall = async () => ({ ok: true as const, value: [{ id: 'a' }, { id: 'b' }] })
        assert.deepEqual(returned(await sandbox.run(module, { budgets, onCall })), { ok: true, found: 2 })
        const report = await sandbox.run(module, { budgets, onCall: async () => refuse('CapabilityDenied') })
        assert.deepEqual([report.end, report.end === 'threw' && report.refusedCall], ['threw', 1])
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  )
}
