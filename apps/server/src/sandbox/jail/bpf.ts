/**
 * Classic BPF as seccomp takes it: a program over the fixed record `struct seccomp_data`. Jumps go forward only and are
 * written as labels; what the kernel would refuse (a distance over 255, an unknown label) is refused here.
 *
 * @see https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
 */
export type BpfStep =
  /** A into the accumulator: a 32-bit word of the record, at this byte offset. */
  | { readonly load: number }
  | { readonly and: number }
  /** Compares the accumulator; a missing label is the next step. */
  | {
      readonly when: 'equal' | 'atLeast' | 'anyBit'
      readonly value: number | OwnPid
      readonly yes?: string
      readonly no?: string
    }
  | { readonly answer: number }
  | { readonly label: string }

/** A value known only to the process that installs the filter. */
export const ownPid = Symbol('own pid')
export type OwnPid = typeof ownPid

export interface BpfProgram {
  /** `struct sock_filter`, 8 bytes each. */
  readonly bytes: Buffer
  /** Byte offsets where the installer writes its own process id as 32 bits, little endian. */
  readonly ownPidAt: readonly number[]
}

/** Offsets in `struct seccomp_data`; arguments are 64 bits, little endian on both architectures. */
export const recordOffset = {
  number: 0,
  architecture: 4,
  argumentLow: (index: number) => 16 + 8 * index,
  argumentHigh: (index: number) => 20 + 8 * index,
} as const

export const answers = {
  allow: 0x7fff0000,
  kill: 0x80000000,
  /** The call is not made and says this error. */
  error: (errno: number) => 0x00050000 | errno,
} as const

const opcode = { load: 0x20, and: 0x54, equal: 0x15, atLeast: 0x35, anyBit: 0x45, answer: 0x06 } as const
const longestProgram = 4096

/** @throws {RangeError} for a program that the kernel would not take. */
export function assembleBpf(steps: readonly BpfStep[]): BpfProgram {
  const labels = new Map<string, number>()
  let length = 0
  for (const step of steps) {
    if (!('label' in step)) length += 1
    else if (labels.has(step.label)) throw new RangeError(`label ${step.label} twice`)
    else labels.set(step.label, length)
  }
  if (length > longestProgram) throw new RangeError(`${length} instructions`)
  const bytes = Buffer.alloc(length * 8)
  const ownPidAt: number[] = []
  let at = 0
  const distance = (label: string | undefined): number => {
    if (label === undefined) return 0
    const jump = (labels.get(label) ?? Number.NaN) - at - 1
    if (!(jump >= 0 && jump <= 255)) throw new RangeError(`cannot jump to ${label} from ${at}`)
    return jump
  }
  const put = (code: number, value: number, whenTrue = 0, whenFalse = 0) => {
    bytes.writeUInt16LE(code, at * 8)
    bytes.writeUInt8(whenTrue, at * 8 + 2)
    bytes.writeUInt8(whenFalse, at * 8 + 3)
    bytes.writeUInt32LE(value >>> 0, at * 8 + 4)
    at += 1
  }
  for (const step of steps) {
    if ('label' in step) continue
    if ('load' in step) put(opcode.load, step.load)
    else if ('and' in step) put(opcode.and, step.and)
    else if ('answer' in step) put(opcode.answer, step.answer)
    else {
      if (step.value === ownPid) ownPidAt.push(at * 8 + 4)
      const value = step.value === ownPid ? 0 : step.value
      put(opcode[step.when], value, distance(step.yes), distance(step.no))
    }
  }
  return { bytes, ownPidAt }
}
