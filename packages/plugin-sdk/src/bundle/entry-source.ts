const sourceEndings: readonly (readonly [RegExp, string])[] = [
  [/\.js$/, '.ts'],
  [/\.mjs$/, '.mts'],
  [/\.cjs$/, '.cts'],
]

/**
 * The file that is behind the entry of a manifest: itself, or the TypeScript it is made from. The manifest names what is
 * packed, as an import in TypeScript names what it becomes: `src/index.js` where only `src/index.ts` lies.
 */
export function entrySource(entry: string, has: (path: string) => boolean): string | undefined {
  if (has(entry)) return entry
  return sourceEndings
    .filter(([ending]) => ending.test(entry))
    .map(([ending, source]) => entry.replace(ending, source))
    .find(has)
}

export function isTypeScript(path: string): boolean {
  return /\.[mc]?ts$/.test(path)
}
