import wabt from 'wabt'

const features = {
  threads: true,
  simd: true,
  relaxed_simd: true,
  tail_call: true,
  multi_memory: true,
  memory64: true,
  exceptions: true,
  gc: true,
  function_references: true,
  extended_const: true,
}

/** Assembles WebAssembly text. Nothing is validated, so that modules can be wrong in every way. */
export async function assemble(wat: string): Promise<Uint8Array> {
  const { parseWat } = await wabt()
  const module = parseWat('test.wat', wat, features)
  try {
    return module.toBinary({ write_debug_names: true }).buffer
  } finally {
    module.destroy()
  }
}

/** A guest with a bump allocator: `body` has the local `$result` and the parameters `$at` and `$length`. */
export function guest(
  body: string,
  more: { readonly top?: string; readonly data?: string; readonly memory?: string } = {},
): string {
  const { top = '', data = '', memory = '2' } = more
  return `(module
    (import "switchboard" "call" (func $call (param i32 i32 i32 i32) (result i32)))
    (import "switchboard" "answer" (func $answer (param i32 i32) (result i32)))
    (import "switchboard" "log" (func $log (param i32 i32 i32)))
    (import "switchboard" "fail" (func $fail (param i32 i32)))
    (import "switchboard" "fail_with_refusal" (func $fail_with_refusal))
    (import "switchboard" "clock_ms" (func $clock_ms (result f64)))
    (import "switchboard" "random" (func $random (param i32 i32)))
    (memory (export "memory") ${memory})
    (global $next (mut i32) (i32.const 4096))
    ${top}
    ${data}
    (func (export "switchboard_abi_version") (result i32) (i32.const 1))
    (func $alloc (export "switchboard_alloc") (param $length i32) (result i32)
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get $length))))
    (func $packed (param $at i32) (param $length i32) (result i64)
      (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $length))))
    (func $run (export "run") (param $at i32) (param $length i32) (result i64) (local $result i32)
      ${body})
  )`
}
