/** Writes the reference pages that are made from the sources: `node tools/reference/write-reference.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { referenceFiles } from './reference-files.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

for (const [path, make] of Object.entries(referenceFiles)) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), make())
  console.log(path)
}
