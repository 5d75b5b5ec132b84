import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { devCommand } from './dev.ts'
import { packCommand } from './pack.ts'
import { testCommand } from './test.ts'
import { inProcess, manifest, pluginFolder } from './testing/author-folder.ts'

const budgets = manifest.budgets
const bad: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  [
    'the entry is missing',
    { 'manifest.json': { ...manifest, entry: 'gone.js' } },
    /^gone\.js: .*no file of the folder.*Name an existing .*\(entry_missing\)/,
  ],
  [
    'the entry is no module',
    { 'index.js': 'this is not JavaScript\n' },
    /^index\.js: The entry cannot be loaded\. SyntaxError: .*\(entry_throws\)/,
  ],
  [
    'the entry throws when it is loaded',
    { 'index.js': 'const a = 1\nnull.x\n' },
    /^index\.js: .*TypeError: .*index\.js:2:\d+.*\(entry_throws\)/,
  ],
  [
    'an ES module throws when it is loaded',
    { 'index.js': 'export const a = 1\nnull.x\n' },
    /^index\.js: .*TypeError: .*\(entry_throws\)/,
  ],
  [
    'the entry exports no run',
    { 'index.js': 'exports.start = async () => 1\n' },
    /^index\.js: .*no function named run\. Its run is undefined\. Write: exports\.run = .*\(run_missing\)/,
  ],
  [
    'an ES module exports a run that is no function',
    { 'index.js': 'export const run = 1\n' },
    /^index\.js: .*Its run is number\. Write: export async function run.*\(run_missing\)/,
  ],
  [
    'the entry never ends loading',
    { 'manifest.json': { ...manifest, budgets: { ...budgets, ms: 200 } }, 'index.js': 'for (;;) {}\n' },
    /^index\.js: .*Loading it used \d+ of 200 (time|cpu): do the work inside run/,
  ],
  [
    'the entry imports a module of Node',
    { 'index.js': "const fs = require('node:fs')\n" },
    /^index\.js: .*node:fs.*There are no files at run time.*\(entry_throws\)/,
  ],
  [
    'a capability is unknown',
    { 'manifest.json': { ...manifest, capabilities: { files: ['read'] } } },
    /^manifest\.json#\/capabilities\/files: .*There is no such name here; there are graph, .*\(manifest_invalid\)/,
  ],
  [
    'capabilities contradict each other',
    { 'manifest.json': { ...manifest, optionalCapabilities: { graph: ['read'] } } },
    /^manifest\.json#\/optionalCapabilities: .*graph: read is required already; name it in one place/,
  ],
  [
    'the whole network is asked for',
    { 'manifest.json': { ...manifest, capabilities: { network: true } } },
    /^manifest\.json#\/capabilities\/network: .*"net": \["api\.example\.org"\].*\(network_unrestricted\)/,
  ],
  [
    'a budget is zero',
    { 'manifest.json': { ...manifest, budgets: { ...budgets, ms: 0 } } },
    /^manifest\.json#\/budgets\/ms: .*whole number from 1 to 3600000/,
  ],
  [
    'a budget is negative',
    { 'manifest.json': { ...manifest, budgets: { ...budgets, rows: -1 } } },
    /^manifest\.json#\/budgets\/rows: .*whole number from 0 to/,
  ],
  [
    'a budget is absurd',
    { 'manifest.json': { ...manifest, budgets: { ...budgets, memoryMB: 1e9 } } },
    /^manifest\.json#\/budgets\/memoryMB: .*whole number from 8 to/,
  ],
  [
    'there is no manifest',
    { 'manifest.json': undefined },
    /^manifest\.json: The folder has no manifest\.json/,
  ],
]
for (const [what, files, message] of bad) {
  test(`dev, test and pack say the same when ${what}`, async () => {
    await using made = await pluginFolder({
      'index.js': 'exports.run = async () => 1\n',
      'tests/t.json': { expect: { result: 1 } },
      ...files,
    })
    if ('manifest.json' in files && files['manifest.json'] === undefined)
      await rm(join(made.path, 'manifest.json'))
    const said = [
      await inProcess(devCommand, made.path, '--once'),
      await inProcess(testCommand, made.path),
      await inProcess(packCommand, made.path, '--out', join(made.path, '.out')),
    ]
    for (const { code, err } of said) {
      assert.equal(code, 1)
      assert.match(err, message)
    }
    assert.equal(
      new Set(said.map(({ err }) => err.replaceAll(/\d+ of/g, 'N of').replace('time', 'cpu'))).size,
      1,
    )
    assert.deepEqual(await readdir(join(made.path, '.out')).catch(() => []), [])
  })
}
