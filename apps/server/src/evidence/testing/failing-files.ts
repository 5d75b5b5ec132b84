import * as fs from 'node:fs/promises'
import type { FileCalls } from '../blocks/block-files.ts'

/** What a disk can answer. */
export const diskFull = (): Error =>
  Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })

/**
 * The calls of node:fs/promises that blocks are kept with, which fail when told to.
 *
 * @param fails is asked before each call with its name and how many calls there were; the error is what the call throws.
 */
export function failingFiles(fails: (call: string, count: number) => Error | undefined) {
  let count = 0
  function check(call: string): void {
    count += 1
    const error = fails(call, count)
    if (error !== undefined) throw error
  }
  const files: FileCalls = {
    async mkdir(...given: Parameters<typeof fs.mkdir>) {
      check('mkdir')
      return await fs.mkdir(...given)
    },
    async rename(...given) {
      check('rename')
      await fs.rename(...given)
    },
    async rm(...given) {
      check('rm')
      await fs.rm(...given)
    },
    readdir: fs.readdir,
    stat: fs.stat,
    async open(...given) {
      check('open')
      const handle = await fs.open(...given)
      return new Proxy(handle, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target)
          if (typeof value !== 'function') return value
          return async (...args: unknown[]): Promise<unknown> => {
            if (name === 'writeFile' && args[0] instanceof Uint8Array) {
              try {
                check('writeFile')
              } catch (error) {
                // A full disk takes what it can.
                await target.write(args[0].subarray(0, args[0].length / 2))
                throw error
              }
            } else if (typeof name === 'string' && name !== 'close') check(name)
            return await (Reflect.apply(value, target, args) as Promise<unknown>)
          }
        },
      })
    },
  } as FileCalls
  return { files, calls: () => count }
}
