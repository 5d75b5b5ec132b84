import wabt from 'wabt'
import { lanesWat } from './lanes-wat.ts'

/** The text of `packages/verifier/src/hashing/lanes-module.ts`: the module, assembled, in base64. */
export async function lanesModuleText(): Promise<string> {
  const { parseWat } = await wabt()
  const module = parseWat('lanes.wat', lanesWat(), { simd: true, bulk_memory: true })
  try {
    module.resolveNames()
    module.validate()
    const { buffer } = module.toBinary({ write_debug_names: false })
    const lines =
      Buffer.from(buffer)
        .toString('base64')
        .match(/.{1,96}/g) ?? []
    const quoted = lines.map((line) => `  '${line}',`)
    return [
      '// Written by tools/sha256/write-lanes-module.ts from lanes-wat.ts; a test there makes it again and compares.',
      '',
      '/** SHA-256 in four lanes, as WebAssembly in base64. */',
      'export const lanesModule = [',
      ...quoted,
      "].join('')",
      '',
    ].join('\n')
  } finally {
    module.destroy()
  }
}

export const lanesModuleFile = new URL('../../packages/verifier/src/hashing/lanes-module.ts', import.meta.url)
