/**
 * Builds the data packages of the demo into folders that `switchboard plugin pack` takes:
 * `node tools/data/build-data-packages.ts OUT_DIR`.
 */
import { buildDataPackages } from '../../apps/server/src/demo/index.ts'

export { buildDataPackages }

if (import.meta.main) {
  const outDir = process.argv[2]
  if (outDir === undefined) {
    console.error('Say where to: node tools/data/build-data-packages.ts OUT_DIR')
    process.exitCode = 2
  } else {
    for (const { name, version, rows, folder } of await buildDataPackages(outDir)) {
      console.log(`${name} ${version}: ${rows} rows in ${folder}`)
    }
  }
}
