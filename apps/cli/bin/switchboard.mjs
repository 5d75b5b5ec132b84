#!/usr/bin/env node
// Plain JavaScript: it may be an older Node that runs this file, on a clone where nothing is installed yet.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const main = new URL('../src/main.ts', import.meta.url)
const isNode24 = Number.parseInt(process.versions.node, 10) >= 24

if (isNode24 && existsSync(new URL('../../../node_modules/@switchboard/api', import.meta.url))) {
  // Half of a short command would be stripping types and compiling, every time.
  module.enableCompileCache?.(fileURLToPath(new URL('../../../.cache/compiled', import.meta.url)))
  await import(main.href)
} else {
  await runWithNode24()
}

async function runWithNode24() {
  const { ensureInstalled } = await import('../../../scripts/bootstrap/install.mjs')
  const { findNode24 } = await import('../../../scripts/bootstrap/node-24.mjs')
  try {
    await ensureInstalled()
    const args = ['--disable-warning=ExperimentalWarning', fileURLToPath(main), ...process.argv.slice(2)]
    // The folder stays the caller's own: file names on the command line are relative to it.
    const child = spawn(findNode24(), args, { stdio: 'inherit' })
    child.on('exit', (code) => (process.exitCode = code ?? 3))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 3
  }
}
