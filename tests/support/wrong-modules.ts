import { guest } from './wat.ts'

const echo = '(call $packed (local.get $at) (local.get $length))'
const right = guest(echo)

/** Modules that do not follow the interface, as packing and the runner say it, each in its own words. */
export const wrongSurfaces: readonly {
  readonly what: string
  readonly wat: string
  readonly packer: RegExp
  readonly runner: RegExp
}[] = [
  {
    what: 'no memory',
    wat: '(module (func (export "run")))',
    packer: /does not export its memory/,
    runner: /has no memory/,
  },
  {
    what: 'a memory without a name',
    wat: '(module (memory 1))',
    packer: /does not export its memory/,
    runner: /does not export its memory/,
  },
  {
    what: 'no run',
    wat: right.replace('(export "run")', ''),
    packer: /does not export the function "run"/,
    runner: /does not export the function "run"/,
  },
  {
    what: 'no version',
    wat: right.replace('(export "switchboard_abi_version")', ''),
    packer: /"switchboard_abi_version"/,
    runner: /"switchboard_abi_version"/,
  },
  {
    what: 'a run of another type',
    wat: right
      .replace('(export "run")', '')
      .replace('(global $next', '(func (export "run") (param i64)) (global $next'),
    packer: /export "run" is \(i64\) -> \(\); it must be \(i32, i32\) -> \(i64\)/,
    runner: /export "run" has the type \(i64\) -> \(\); it must be \(i32, i32\) -> \(i64\)/,
  },
  {
    what: 'a run that is no function',
    wat: right
      .replace('(export "run")', '')
      .replace('(i32.const 4096))', '(i32.const 4096)) (export "run" (global $next))'),
    packer: /export "run" is global/,
    runner: /"run" is no function/,
  },
  {
    what: 'an initialiser of another type',
    wat: right.replace('(global $next', '(func (export "_initialize") (param i32)) (global $next'),
    packer: /"_initialize" is \(i32\) -> \(\); it must be \(\) -> \(\)/,
    runner: /"_initialize" has the type/,
  },
  {
    what: 'a start of its own',
    wat: right.replace('(global $next', '(func (export "_start")) (global $next'),
    packer: /is a program/,
    runner: /is a program/,
  },
  {
    what: 'an import that is not offered',
    wat: right.replace('"clock_ms"', '"fetch"'),
    packer: /imports switchboard\.fetch, which is not offered/,
    runner: /imports switchboard\.fetch, which is not offered/,
  },
  {
    what: 'an import named after a property of objects',
    wat: right.replace('"clock_ms"', '"constructor"'),
    packer: /switchboard\.constructor, which is not/,
    runner: /switchboard\.constructor, which is not/,
  },
  {
    what: 'an import of another module',
    wat: right.replace('"switchboard" "clock_ms"', '"env" "clock_ms"'),
    packer: /env\.clock_ms, which is not offered/,
    runner: /env\.clock_ms, which is not offered/,
  },
  {
    what: 'an import of another type',
    wat: right.replace('(result f64)', '(result f32)'),
    packer: /clock_ms is \(\) -> \(f32\); it must be \(\) -> \(f64\)/,
    runner: /must be \(\) -> \(f64\)/,
  },
  {
    what: 'an imported memory',
    wat: right.replace(
      '(memory (export "memory") 2)',
      '(import "env" "memory" (memory 1)) (export "memory" (memory 0))',
    ),
    packer: /env\.memory, which is not offered/,
    runner: /imports env\.memory, which is no function/,
  },
  {
    what: 'shared memory',
    wat: guest(echo, { memory: '2 3 shared' }),
    packer: /threads/,
    runner: /threads \(shared memory\)/,
  },
  {
    what: '64-bit memory',
    wat: guest(echo, { memory: 'i64 2' }),
    packer: /64-bit addresses/,
    runner: /64-bit addresses/,
  },
]
