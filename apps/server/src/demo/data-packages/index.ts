import { join } from 'node:path'
import { ipAsnPackage, ipCountryPackage } from './ip-tables.ts'
import { countriesPackage, portsPackage } from './small-tables.ts'
import { writeDataPackage, type WrittenDataPackage } from './write-data-package.ts'

export type { WrittenDataPackage } from './write-data-package.ts'

/** Builds every data package of the demo from the installed npm data, each into a folder of `outDir` named after it. */
export async function buildDataPackages(outDir: string): Promise<readonly WrittenDataPackage[]> {
  const written: WrittenDataPackage[] = []
  for (const make of [ipAsnPackage, ipCountryPackage, portsPackage, countriesPackage]) {
    const pack = make()
    written.push(await writeDataPackage(join(outDir, pack.name), pack))
  }
  return written
}
