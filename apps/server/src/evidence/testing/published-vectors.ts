import { readFileSync } from 'node:fs'

/** The vectors published with the format; made by an implementation that is neither writer nor verifier. */
export function publishedVectors<T>(name: string): T {
  const file = new URL(`../../../../../packages/verifier/vectors/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as T
}
