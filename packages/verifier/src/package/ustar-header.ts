import { sameBytes } from '../bytes.ts'
import { checkPath } from './entry-path.ts'
import { refuse } from './refusal.ts'

export const blockBytes = 512

const refusedTypes: Readonly<Record<string, readonly [Parameters<typeof refuse>[0], string]>> = {
  '1': ['hard_link', 'It is a hard link.'],
  '2': ['symbolic_link', 'It is a symbolic link.'],
  '3': ['device_entry', 'It is a character device.'],
  '4': ['device_entry', 'It is a block device.'],
  '5': ['directory_entry', 'It is a folder.'],
  '6': ['device_entry', 'It is a pipe.'],
  x: ['extension_header', 'It is a pax header.'],
  g: ['extension_header', 'It is a global pax header.'],
  L: ['extension_header', 'It is a GNU long name.'],
  K: ['extension_header', 'It is a GNU long link.'],
}

/**
 * Reads a tar header and accepts one form of it alone: a regular file with mode 0644, owner 0, time 0, no names.
 *
 * @param at offset of the block in the unpacked tar, for the refusal
 */
export function readUstarHeader(block: Uint8Array, at: number): { path: string; size: number } {
  const where = `byte ${at} of the tar`
  if (octal(block, 148, 8) !== checksum(block)) refuse('tar_header_corrupt', where, 'This one does not.')
  const prefix = text(block, 345, 155)
  const path = prefix === '' ? text(block, 0, 100) : `${prefix}/${text(block, 0, 100)}`
  const type = String.fromCharCode(block[156] ?? 0)
  const refused = refusedTypes[type]
  if (refused !== undefined) refuse(refused[0], path, refused[1])
  if (type !== '0') refuse('entry_type', path, `Its type is ${JSON.stringify(type)}.`)
  checkPath(path)
  const size = octal(block, 124, 12)
  if (size === undefined) return refuse('tar_header_not_canonical', path, 'Its size is no octal number.')
  const canonical = ustarHeader(path, size)
  if (canonical === undefined || !sameBytes(block, canonical)) {
    refuse('tar_header_not_canonical', path, 'Mode, owner, time or spelling differ from it.')
  }
  return { path, size }
}

/** The one header of a regular file, or undefined when the path does not fit. Numbers: octal, space, NUL. */
export function ustarHeader(path: string, size: number): Uint8Array | undefined {
  // The shortest prefix that leaves 100 bytes or less: the split is fixed, or one path had two headers.
  let split = 0
  while (path.length - split > 100) {
    const slash = path.indexOf('/', split)
    if (slash < 0) return undefined
    split = slash + 1
  }
  if (split - 1 > 155) return undefined
  const block = new Uint8Array(blockBytes)
  const put = (value: string, offset: number): void => {
    for (let i = 0; i < value.length; i++) block[offset + i] = value.charCodeAt(i)
  }
  put(path.slice(split), 0)
  put('000644 ', 100)
  put('000000 ', 108)
  put('000000 ', 116)
  put(`${size.toString(8).padStart(11, '0')} `, 124)
  put('00000000000 ', 136)
  put('0', 156)
  put('ustar\x0000', 257)
  put('000000 ', 329)
  put('000000 ', 337)
  if (split > 0) put(path.slice(0, split - 1), 345)
  put(`${checksum(block).toString(8).padStart(6, '0')} `, 148)
  return block
}

function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0)
}

function octal(block: Uint8Array, offset: number, length: number): number | undefined {
  const digits = /^([0-7]{1,11})[ \0]*$/.exec(latin1(block.subarray(offset, offset + length)))?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 8)
}

// Ends at trailing zeros only: a NUL inside stays in the path, and is refused by name.
function text(block: Uint8Array, offset: number, length: number): string {
  return latin1(block.subarray(offset, offset + length)).replace(/\0+$/, '')
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
