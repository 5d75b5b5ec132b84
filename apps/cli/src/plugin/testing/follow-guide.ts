import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../../bin/switchboard.mjs', import.meta.url))
const mostSeconds = 60

export interface Step {
  readonly line: string
  readonly out: string
}

/**
 * Follows a guide to the letter, as a newcomer does in an empty folder: what it says to put into a file is written there, and each
 * line of its shell blocks is run by the shell, in order. `RUN` stands for the last run that a line answered.
 *
 * @param env such as SWITCHBOARD_DATA, where the command finds the server and who asks.
 */
export async function followGuide(
  guide: URL,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<readonly Step[]> {
  const text = await readFile(guide, 'utf8')
  const path = [await shim(folder), process.env['PATH'] ?? ''].join(delimiter)
  const steps: Step[] = []
  let run = ''
  const parts = /into `([^`\n]+)`:\n\n```\w+\n(.*?)```|```sh\n(.*?)```/gs
  for (const [, file, content = '', block = ''] of text.matchAll(parts)) {
    if (file !== undefined) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), content)
      continue
    }
    for (const line of block.trim().split('\n')) {
      const out = await shell(line.replace(/\bRUN\b/, run), folder, { ...env, PATH: path })
      run = /\brun_[0-9a-f]{32}\b/.exec(out)?.[0] ?? run
      steps.push({ line, out })
    }
  }
  return steps
}

/** `switchboard` as a word of the shell. */
async function shim(folder: string): Promise<string> {
  const bin = join(folder, '.bin')
  await mkdir(bin)
  const script = `#!/bin/sh\nexec "${process.execPath}" --disable-warning=ExperimentalWarning "${cli}" "$@"\n`
  await writeFile(join(bin, 'switchboard'), script, { mode: 0o755 })
  return bin
}

async function shell(line: string, cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  return await new Promise((resolve) => {
    execFile('sh', ['-c', line], { cwd, env, timeout: mostSeconds * 1000 }, (error, out, err) => {
      assert.equal(error, null, `${line}\n${out}${err}`)
      resolve(out + err)
    })
  })
}
