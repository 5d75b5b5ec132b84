import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { catalogue, denialTableOf } from '@switchboard/api'

const root = resolve(import.meta.dirname, '../..')

test('every denial that an operation declares is named by a test that provokes it', () => {
  const codes = new Set(catalogue.flatMap((spec) => Object.keys(denialTableOf(spec))))
  assert.ok(codes.size >= 50, `only ${codes.size} codes were found`)
  const tests = ['apps', 'packages', 'tests']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        join(root, folder, path),
      ),
    )
    .filter(
      (path) => path.endsWith('.test.ts') && !path.includes('node_modules') && path !== import.meta.filename,
    )
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
  const unprovoked = [...codes].filter((code) => !tests.includes(`'${code}'`))
  assert.deepEqual(unprovoked, [])
})
