/** For tests of anything that takes packages in: crafts good ones and every kind of bad one. */
export { craftGzip, craftHeader, craftOuter, craftTar } from './craft-archive.ts'
export type { CraftedEntry } from './craft-archive.ts'
export { craftEntries, craftPackage, craftPublisher, plainManifest, plainSbom } from './craft-package.ts'
export type { Craft, CraftedBundle, CraftedPublisher, CraftedStatement } from './craft-package.ts'
