import type { Findings } from './findings.ts'

export const maxBundleBytes = 2 ** 30
export const maxLineBytes = 2 ** 28

export interface RawLine {
  /** From 1. */
  readonly number: number
  /** Without the line's end. */
  readonly bytes: Uint8Array
}

/** Cuts a file into lines, one at a time. Reports a file that is empty, too large, or does not end with a line's end. */
export function* splitLines(bytes: Uint8Array, findings: Findings): Generator<RawLine> {
  if (bytes.length === 0) return findings.red('whole file', 'bundle_empty', 'The file is empty.')
  if (bytes.length > maxBundleBytes) {
    return findings.red(
      'whole file',
      'bundle_too_large',
      `The file has ${bytes.length} bytes; ${maxBundleBytes} are the limit.`,
    )
  }
  let number = 1
  for (let start = 0; start < bytes.length; number++) {
    const newline = bytes.indexOf(10, start)
    const end = newline === -1 ? bytes.length : newline
    if (newline === -1) {
      findings.red(`line ${number}`, 'line_not_ended', 'The last line has no end: the file is cut off.')
    }
    if (end - start > maxLineBytes) {
      findings.red(
        `line ${number}`,
        'line_too_long',
        `The line has ${end - start} bytes; ${maxLineBytes} are the limit.`,
      )
    } else {
      yield { number, bytes: bytes.subarray(start, end) }
    }
    start = end + 1
  }
}
