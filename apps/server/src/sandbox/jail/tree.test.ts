import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseLdd, readableByAnybody } from './tree.ts'

test('libraries are the paths that ldd found, the loader included and the vdso not', () => {
  const text = [
    '\tlinux-vdso.so.1 (0x00007ffd0e5f2000)',
    '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f0d7e200000)',
    '\tlibodd.so => /opt/with space/libodd.so (0x00007f0d7e200000)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f0d7f3fb000)',
    '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f0d7e200000)',
    '',
  ]
  assert.deepEqual(parseLdd(text.join('\n')), [
    '/lib/x86_64-linux-gnu/libm.so.6',
    '/opt/with space/libodd.so',
    '/lib64/ld-linux-x86-64.so.2',
  ])
  assert.throws(() => parseLdd('\tlibstdc++.so.6 => not found'), /lacks a library/)
})

test(
  'a path is for everybody only with its own mode and that of every folder above',
  { skip: process.platform === 'win32' && 'modes are of Unix' },
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-tree-'))
    t.after(() => rmSync(folder, { recursive: true }))
    mkdirSync(join(folder, 'inner'))
    const file = join(folder, 'inner', 'file')
    writeFileSync(file, '')
    chmodSync(folder, 0o755)
    chmodSync(join(folder, 'inner'), 0o755)
    chmodSync(file, 0o644)
    assert.equal(readableByAnybody(file), true)
    chmodSync(file, 0o640)
    assert.equal(readableByAnybody(file), false)
    chmodSync(file, 0o644)
    chmodSync(folder, 0o700)
    assert.equal(readableByAnybody(file), false)
  },
)
