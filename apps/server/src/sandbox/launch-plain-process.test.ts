import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test } from 'node:test'

const host = `
  import { createSandbox } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
  import { launchPlainProcess } from ${JSON.stringify(new URL('./launch-plain-process.ts', import.meta.url).href)}
  const launch = (order) => { const runner = launchPlainProcess(order); console.log(runner.pid); return runner }
  const sandbox = await createSandbox({ poolSize: 1, launch })
  console.log('ready')
  process.stdin.resume()
`

test('a runner has no environment, no folder of ours and no descriptor the server was left with', async () => {
  const descriptorLeftOpen = 40
  const stdio: ('pipe' | 'ignore' | 'inherit')[] = ['pipe', 'pipe', 'inherit']
  while (stdio.length < descriptorLeftOpen) stdio.push('ignore')
  const child = spawn(process.execPath, ['--input-type=module', '--eval', host], {
    stdio: [...stdio, 'pipe'],
  })
  try {
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stdout ?? assert.fail() })) {
      lines.push(line)
      if (line === 'ready') break
    }
    const runner = `/proc/${lines[0]}`
    const leftOpen = readlinkSync(`/proc/${child.pid}/fd/${descriptorLeftOpen}`)
    const open = readdirSync(`${runner}/fd`).map((name) => readlinkSync(`${runner}/fd/${name}`))
    assert.equal(open.includes(leftOpen), false)
    assert.equal(readFileSync(`${runner}/environ`, 'latin1'), '')
    assert.equal(readlinkSync(`${runner}/cwd`), '/')
  } finally {
    child.kill('SIGKILL')
  }
})
