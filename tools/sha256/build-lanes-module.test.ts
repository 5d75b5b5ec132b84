import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { lanesModuleFile, lanesModuleText } from './build-lanes-module.ts'

test('the module that is checked in is what its source assembles to, byte for byte', async () => {
  assert.equal(
    readFileSync(lanesModuleFile, 'utf8'),
    await lanesModuleText(),
    'run node tools/sha256/write-lanes-module.ts',
  )
})
