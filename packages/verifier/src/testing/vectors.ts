import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Reads one of the published vectors. `T` is what the generator writes; the tests would fail on anything else. */
export function readVector<T>(name: string): T {
  const text = readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')
  return JSON.parse(text) as T
}

/** Vectors of others, which lie beside the repository and are not part of it. */
export function othersVectors(folder: string): { readonly path: string; readonly skip: string | false } {
  const path = fileURLToPath(new URL(`../../../../../shared/vectors/${folder}/`, import.meta.url))
  return {
    path,
    skip: existsSync(path) ? false : `no ${folder} vectors beside the repository (../shared/vectors)`,
  }
}

export const hexBytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex')

/** Bytes as base64 in the vectors of others, where empty lists are written as null. */
export const base64Bytes = (text: string | null): Uint8Array => Buffer.from(text ?? '', 'base64')

export interface Checkpoints {
  readonly vkey: string
  readonly otherVkey: string
  readonly atSize4: string
  readonly atSize5: string
  readonly atSize6: string
  readonly atSize8: string
  readonly atSize9: string
  readonly forkedAtSize5: string
  readonly forkedAtSize8: string
}

export interface BundleVector {
  readonly vkey: string
  readonly bundle: string
  readonly resignedWithOtherKey: string
}
