import { assemble, guest } from '../../../support/wat.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

const by = (name: string, body: string, more: Parameters<typeof guest>[1] = {}): HostileProgram => ({
  name,
  code: () => assemble(guest(body, { data: '(data (i32.const 16) "graph.search")', ...more })),
})
const raw = (name: string, wat: string): HostileProgram => ({ name, code: () => assemble(wat) })
const grow =
  '(loop $l (drop (memory.grow (i32.const 100))) (memory.fill (i32.const 0) (i32.const 1) (i32.mul (memory.size) (i32.const 65535))) (br $l)) unreachable'
const programs: readonly HostileProgram[] = [
  by('an endless loop', '(loop $l (br $l)) unreachable'),
  by('memory that grows', grow),
  by('a start function that never returns', '(i64.const 0)', {
    top: '(func $start (loop $l (br $l))) (start $start)',
  }),
  by('recursion', '(call $deep (i32.const 0)) unreachable', {
    top: '(func $deep (param i32) (call $deep (i32.add (local.get 0) (i32.const 1))))',
  }),
  by('reading past its memory', '(i64.load (i32.const -8))'),
  by('a result past its memory', '(i64.const -1)'),
  by('a result of two gigabytes', '(i64.const 0x000000007fffffff)'),
  by(
    'a method past its memory',
    '(drop (call $call (i32.const -1) (i32.const 12) (local.get $at) (local.get $length))) (i64.const 0)',
  ),
  by(
    'arguments past its memory',
    '(drop (call $call (i32.const 16) (i32.const 12) (i32.const -100) (i32.const 1000))) (i64.const 0)',
  ),
  by(
    'an answer fetched past its memory',
    '(drop (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length))) (drop (call $answer (i32.const -4) (i32.const 100))) (i64.const 0)',
  ),
  by(
    'an answer that was never given',
    '(drop (call $answer (i32.const 0) (i32.const 1000000))) (i64.const 0)',
  ),
  by(
    'a log without end',
    '(loop $l (call $log (i32.const 1) (i32.const 0) (i32.const 65536)) (br $l)) unreachable',
  ),
  by('a log past its memory', '(call $log (i32.const 0) (i32.const -1) (i32.const -1)) (i64.const 0)'),
  by(
    'calls without end',
    '(loop $l (drop (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length))) (br $l)) unreachable',
  ),
  by('randomness past its memory', '(call $random (i32.const -1) (i32.const -1)) (i64.const 0)'),
  by('a trap', 'unreachable'),
  raw(
    'an import of the host',
    '(module (import "env" "system" (func (param i32) (result i32))) (memory (export "memory") 1))',
  ),
  raw('shared memory', '(module (memory (export "memory") 1 65536 shared))'),
  raw('four gigabytes from the start', '(module (memory (export "memory") 65536))'),
  raw(
    'a table of ten million',
    '(module (memory (export "memory") 1) (table 10000000 funcref) (func (export "switchboard_abi_version") (result i32) (i32.const 1)) (func (export "switchboard_alloc") (param i32) (result i32) (i32.const 0)) (func (export "run") (param i32 i32) (result i64) (i64.const 0)))',
  ),
  { name: 'no module at all', code: async () => new Uint8Array(1000).fill(0x61) },
  { name: 'half a module', code: async () => (await assemble(guest('(i64.const 0)'))).slice(0, 60) },
]

export const wasm: HostileClass = {
  name: 'WebAssembly that overreaches',
  mechanism:
    'a runner of its own, modules checked before they are compiled, each pointer checked, memory capped',
  programs,
  budgets: { wallMs: 1_000, cpuMs: 800, memoryMB: 16, calls: 100, outputBytes: 1_000_000 },
  ends: ['threw', 'exceeded', 'result_invalid'],
  async control() {
    const bytes = await assemble(
      '(module (memory (export "memory") 1) (func (export "grow") (result i32) (memory.grow (i32.const 4096))))',
    )
    const { instance } = (await WebAssembly.instantiate(bytes as BufferSource)) as unknown as {
      instance: { exports: Record<string, unknown> }
    }
    const { memory, grow: more } = instance.exports as { memory: { buffer: ArrayBuffer }; grow: () => number }
    more()
    const megabytes = memory.buffer.byteLength / 1024 / 1024
    if (megabytes < 200) throw new Error(`it grew to ${megabytes} MB`)
    return `instantiated by its host, a module grows to ${megabytes} MB`
  },
}
