import { PathRegister } from './entry-path.ts'
import type { PackageLimits } from './limits.ts'
import { refuse } from './refusal.ts'
import { blockBytes, readUstarHeader } from './ustar-header.ts'

/**
 * Reads a canonical tar from chunks of any size. Every limit is checked on what a header *claims*, before
 * memory is taken for it.
 */
export class TarReader {
  readonly files = new Map<string, Uint8Array>()
  readonly #limits: PackageLimits
  readonly #packageBytes: number
  readonly #paths = new PathRegister()
  readonly #block = new Uint8Array(blockBytes)
  #filled = 0
  #content: Uint8Array = this.#block.subarray(0, 0)
  #left = 0
  #padding = 0
  #zeroBlocks = 0
  #claimed = 0
  #at = 0
  #path = ''

  constructor(limits: PackageLimits, packageBytes: number) {
    this.#limits = limits
    this.#packageBytes = packageBytes
  }

  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length;) from += this.#take(chunk.subarray(from))
  }

  end(): void {
    if (this.#zeroBlocks < 2) refuse('truncated', `byte ${this.#at} of the tar`, 'The tar has no end.')
  }

  #take(bytes: Uint8Array): number {
    if (this.#left > 0) return this.#advance(this.#fillContent(bytes))
    if (this.#padding > 0) return this.#advance(this.#skipPadding(bytes))
    if (this.#zeroBlocks === 2) refuse('tar_trailing_data', `byte ${this.#at} of the tar`, 'Something does.')
    return this.#advance(this.#fillBlock(bytes))
  }

  #advance(count: number): number {
    this.#at += count
    if (this.#filled === blockBytes) this.#header(this.#at - blockBytes)
    return count
  }

  #fillContent(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#left)
    this.#content.set(part, this.#content.length - this.#left)
    this.#left -= part.length
    return part.length
  }

  #skipPadding(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#padding)
    if (part.some((byte) => byte !== 0)) refuse('tar_padding', this.#path, 'Here it is not.')
    this.#padding -= part.length
    return part.length
  }

  #fillBlock(bytes: Uint8Array): number {
    const part = bytes.subarray(0, blockBytes - this.#filled)
    this.#block.set(part, this.#filled)
    this.#filled += part.length
    return part.length
  }

  #header(at: number): void {
    this.#filled = 0
    if (this.#block.every((byte) => byte === 0)) {
      this.#zeroBlocks += 1
      return
    }
    if (this.#zeroBlocks > 0)
      refuse('tar_trailing_data', `byte ${at} of the tar`, 'An entry follows the end.')
    const { path, size } = readUstarHeader(this.#block, at)
    this.#claim(path, size)
    this.#paths.admit(path)
    this.#path = path
    this.#content = new Uint8Array(size)
    this.#left = size
    this.#padding = (blockBytes - (size % blockBytes)) % blockBytes
    this.files.set(path, this.#content)
  }

  #claim(path: string, size: number): void {
    const { dataBytes, files, ratio } = this.#limits
    this.#claimed += size
    if (this.files.size === files) refuse('too_many_files', path, `It is number ${files + 1}.`)
    if (this.#claimed > dataBytes) refuse('too_large', path, `With it the files have ${this.#claimed} bytes.`)
    if (this.#claimed > ratio * this.#packageBytes) {
      refuse('bomb_ratio', path, `With it ${this.#packageBytes} bytes unpack to ${this.#claimed}.`)
    }
  }
}
