import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { PackRefused } from '../pack-refusal.ts'

/**
 * A JSON object in a file; undefined where there is none to be read.
 *
 * @throws {PackRefused} `bundle_invalid` when it is no JSON object.
 */
export async function readJson(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch {
    // Not there, or not to be read: for whoever asks it is the same.
    return undefined
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Said below, as for any other text that is no object.
  }
  throw new PackRefused('bundle_invalid', basename(file), 'It is no JSON object.')
}
