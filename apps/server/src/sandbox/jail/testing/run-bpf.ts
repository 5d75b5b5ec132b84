import { answers } from '../bpf.ts'

/** One system call as a filter sees it. */
export interface Call {
  readonly architecture: number
  readonly number: number
  /** Up to six, 64 bits each. */
  readonly args?: readonly bigint[]
}

export type Decision = 'allow' | 'kill' | { readonly errno: number }

/**
 * Runs a filter as the kernel would, written from the description of classic BPF and not from the assembler.
 *
 * @throws {Error} for what the kernel would not have loaded: an unknown instruction, a read or a jump outside.
 */
export function runBpf(program: Buffer, call: Call): Decision {
  const record = Buffer.alloc(64)
  record.writeInt32LE(call.number | 0, 0)
  record.writeUInt32LE(call.architecture, 4)
  for (const [index, value] of (call.args ?? []).entries())
    record.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + index * 8)
  let accumulator = 0
  for (let at = 0; at < program.length / 8; at += 1) {
    const code = program.readUInt16LE(at * 8)
    const [whenTrue, whenFalse] = [program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)]
    const value = program.readUInt32LE(at * 8 + 4)
    const jump = (holds: boolean) => {
      at += holds ? whenTrue : whenFalse
    }
    switch (code) {
      case 0x20: // BPF_LD | BPF_W | BPF_ABS
        if (value % 4 !== 0 || value >= 64) throw new Error(`load at ${value}`)
        accumulator = record.readUInt32LE(value)
        break
      case 0x54: // BPF_ALU | BPF_AND | BPF_K
        accumulator = (accumulator & value) >>> 0
        break
      case 0x15: // BPF_JMP | BPF_JEQ | BPF_K
        jump(accumulator === value)
        break
      case 0x35: // BPF_JMP | BPF_JGE | BPF_K
        jump(accumulator >= value)
        break
      case 0x45: // BPF_JMP | BPF_JSET | BPF_K
        jump((accumulator & value) !== 0)
        break
      case 0x06: // BPF_RET | BPF_K
        return decide(value)
      default:
        throw new Error(`instruction ${code}`)
    }
  }
  throw new Error('the program ended without an answer')
}

function decide(value: number): Decision {
  if (value === answers.allow) return 'allow'
  if (value === answers.kill) return 'kill'
  if (value >>> 16 === 0x0005) return { errno: value & 0xffff }
  throw new Error(`answer ${value.toString(16)}`)
}
