import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assemble, guest } from '../../../../tests/support/wat.ts'
import { wrongSurfaces } from '../../../../tests/support/wrong-modules.ts'
import { checkModule } from './check-module.ts'

const echo = guest('(call $packed (local.get $at) (local.get $length))')

test('a module that follows the interface is packed, with and without an initialiser', async () => {
  checkModule('a.wasm', await assemble(echo))
  checkModule(
    'a.wasm',
    await assemble(echo.replace('(global $next', '(func (export "_initialize")) (global $next')),
  )
})

for (const { what, wat, packer } of wrongSurfaces) {
  test(`packing refuses a module with ${what}, in words`, async () => {
    const bytes = await assemble(wat)
    assert.throws(() => checkModule('a.wasm', bytes), {
      code: 'module_invalid',
      where: 'a.wasm',
      message: packer,
    })
  })
}

test('whatever a module is cut to, packing refuses it and throws nothing else', async () => {
  const bytes = await assemble(echo)
  for (let length = 0; length < bytes.length; length += 7) {
    try {
      checkModule('a.wasm', bytes.subarray(0, length))
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'module_invalid')
    }
  }
  for (const text of ['', 'exports.run = 1', '\0asm']) {
    assert.throws(() => checkModule('a.wasm', Buffer.from(text)), { code: 'module_invalid' })
  }
  const component = Buffer.from('\0asm\x0d\0\x01\0', 'latin1')
  assert.throws(() => checkModule('a.wasm', component), { message: /components are not supported/ })
})
