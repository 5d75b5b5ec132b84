import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assemble, guest } from '../../../../../../tests/support/wat.ts'
import { wrongSurfaces } from '../../../../../../tests/support/wrong-modules.ts'
import { capMemory } from './cap-memory.js'
import { inspectModule } from './inspect-module.js'

const echo = '(call $packed (local.get $at) (local.get $length))'
const withTop = (top: string) => guest(echo, { top })
const inBody = (body: string) => guest(`${body} ${echo}`)

const refused: readonly (readonly [what: string, wat: string, says: RegExp])[] = [
  ['two memories', withTop('(memory $two 1)'), /2 memories/],
  ['atomics', inBody('(drop (i32.atomic.load (i32.const 0)))'), /atomic instructions/],
  [
    'relaxed SIMD',
    inBody('(drop (f32x4.relaxed_min (v128.const i64x2 0 0) (v128.const i64x2 0 0)))'),
    /relaxed SIMD/,
  ],
  ['exceptions', withTop('(tag $t) (func (throw $t))'), /exceptions/],
  ['exceptions that are caught', inBody('(try (do nop) (catch_all nop))'), /exceptions/],
  ['a huge table', withTop('(table 100001 funcref)'), /table of 100001 entries/],
  ['many tables', withTop('(table 1 funcref)'.repeat(9)), /9 tables/],
  ['a name that is kept', withTop('(func (export "switchboard:refused-pages"))'), /kept for us/],
]
for (const { what, wat, runner } of wrongSurfaces) {
  test(`a module with ${what} is refused`, async () => {
    const bytes = await assemble(wat)
    assert.throws(() => inspectModule(bytes), { name: 'ModuleRefused', message: runner })
  })
}
for (const [what, wat, says] of refused) {
  test(`${what} is refused`, async () => {
    const bytes = await assemble(wat)
    assert.throws(() => inspectModule(bytes), { name: 'ModuleRefused', message: says })
  })
}

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const bytesRefused: readonly (readonly [what: string, bytes: readonly number[], says: RegExp])[] = [
  ['nothing', [], /no WebAssembly module/],
  ['JavaScript', [...Buffer.from('exports.run = 1')], /no WebAssembly module/],
  ['a component', [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], /components are not supported/],
  ['a section that is not there', [...header, 1, 200, 1], /ends in the middle/],
  ['a million types', [...header, 1, 4, 0xc0, 0x84, 0x3d, 0x60], /1000000 types/],
  ['a structure type', [...header, 1, 3, 1, 0x5f, 0], /garbage-collected/],
  ['a length that never ends', [...header, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0], /no number of 32 bits/],
  ['sections twice', [...header, 1, 1, 0, 1, 1, 0], /out of order/],
  ['an unknown section', [...header, 14, 0], /section 14/],
  [
    'an elements bomb',
    [...header, 9, 0x81, 0x80, 0x40, ...Array.from({ length: 1_048_577 }, () => 0)],
    /filled from 1048577 bytes/,
  ],
  ['bytes behind a list', [...header, 1, 2, 0, 0], /bytes behind the last/],
]
for (const [what, bytes, says] of bytesRefused) {
  test(`${what} is refused as bytes`, () => {
    assert.throws(() => inspectModule(Uint8Array.from(bytes)), { name: 'ModuleRefused', message: says })
  })
}

test('a block type that would hide instructions is refused', async () => {
  const bytes = await assemble(inBody('(block (result i32) (i32.const 7)) drop'))
  const at = Buffer.from(bytes).indexOf(Buffer.of(0x02, 0x7f, 0x41, 0x07))
  for (const type of [0x63, 0x64, 0x6e, 0x5f]) {
    const changed = Uint8Array.from(bytes)
    changed[at + 1] = type
    assert.throws(() => inspectModule(changed), { name: 'ModuleRefused' })
  }
})

test('a capped module is valid, keeps its functions, and notes what it was refused', async () => {
  const bytes = await assemble(
    guest(
      `(local.set $result (memory.grow (local.get $at)))
       (if (i32.eqz (local.get $length)) (then (drop (memory.grow (i32.const 1)))))
       (i64.extend_i32_s (local.get $result))`,
      { memory: '2 9' },
    ),
  )
  const capped = capMemory(bytes, inspectModule(bytes), 1)
  const nothing = () => 0
  const names = ['call', 'answer', 'log', 'fail', 'fail_with_refusal', 'clock_ms', 'random']
  const switchboard = Object.fromEntries(names.map((name) => [name, nothing]))
  const { exports } = await WebAssembly.instantiate(new WebAssembly.Module(capped), { switchboard })
  const run = exports['run'] as (at: number, length: number) => bigint
  const refusedPages = exports['switchboard:refused-pages'] as WebAssembly.Global
  assert.deepEqual([run(3, 1), refusedPages.value], [2n, 0])
  assert.deepEqual([run(5, 1), refusedPages.value], [-1n, 10])
  assert.deepEqual([run(4, 0), refusedPages.value], [5n, 10])
  assert.deepEqual([run(-1, 1), refusedPages.value], [-1n, -1])
  assert.deepEqual(capMemory(bytes, inspectModule(bytes), 64).length, capped.length)
})

test('code cannot name what capping adds', async () => {
  const bytes = await assemble(guest(`(global.set $next (i32.const 0)) ${echo}`))
  const at = Buffer.from(bytes).indexOf(Buffer.of(0x41, 0x00, 0x24, 0x00))
  const changed = Uint8Array.from(bytes)
  changed[at + 3] = 1
  assert.throws(() => inspectModule(changed), { message: /names no global/ })
})

test('whatever bytes are changed, a module is refused in words, or V8 has the last one', async () => {
  const bytes = await assemble(
    guest(
      `(local.set $result (memory.grow (i32.const 1)))
       (block $b (br_table $b $b (local.get $result)))
       (drop (f64.const 1)) (drop (v128.const i64x2 1 2)) (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)) ${echo}`,
      { top: '(table $t 2 funcref) (elem (i32.const 0) $alloc)' },
    ),
  )
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      (changes) => {
        const changed = Uint8Array.from(bytes)
        for (const [at, byte] of changes) changed[at] = byte
        let capped
        try {
          capped = capMemory(changed, inspectModule(changed), 64)
        } catch (error) {
          assert.equal((error as Error).name, 'ModuleRefused', String((error as Error).stack))
          return
        }
        // What capping adds is valid whenever the module was; what it leaves out (names) may have been wrong.
        if (WebAssembly.validate(changed)) assert.ok(WebAssembly.validate(capped))
      },
    ),
    { numRuns: 3000 },
  )
})
