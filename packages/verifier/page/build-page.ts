import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface VerifierPage {
  readonly html: string
  /** The same Content-Security-Policy that the page states itself, for whoever serves it. */
  readonly policy: string
}

const source = fileURLToPath(new URL('./src/', import.meta.url))

/**
 * Makes the verifier page: one file with its script and style inside, which loads nothing. The same sources give the same bytes
 * on every machine, so whoever got the page from somebody can build it again and compare.
 */
export async function buildVerifierPage(): Promise<VerifierPage> {
  // Loaded when needed: it starts a process of its own, and who verifies by the command has no use for it.
  const { build, stop } = await import('esbuild')
  const { outputFiles } = await build({
    absWorkingDir: dirname(dirname(source)),
    entryPoints: ['page/src/main.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2024',
    charset: 'utf8',
    // Readable on purpose: people who must not trust us read it.
    minify: false,
    legalComments: 'none',
    tsconfigRaw: {},
    nodePaths: [],
    logLevel: 'silent',
    external: ['node:zlib'],
    // A server asks once, and would have that process beside it from then on.
  }).finally(stop)
  const script = `\n${outputFiles[0]?.text ?? ''}`
  const style = `\n${await readFile(`${source}page.css`, 'utf8')}`
  // Either would end the element early, and what follows would be read as markup.
  if (/<\/script|<!--/i.test(script) || /<\//.test(style))
    throw new Error('script or style of the page would end early')
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)} 'wasm-unsafe-eval'`,
    `style-src ${hashOf(style)}`,
    'worker-src blob:',
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types verifier',
  ].join('; ')
  const template = await readFile(`${source}index.html`, 'utf8')
  const filled = fill(template, [
    ['content="policy"', `content="${policy}"`],
    ['\n      /* page.css */\n    ', style],
    ['\n      /* main.ts */\n    ', script],
  ])
  return { html: filled, policy }
}

function fill(template: string, places: readonly (readonly [mark: string, content: string])[]): string {
  let filled = template
  for (const [mark, content] of places) {
    const [before, after, ...more] = template.split(mark)
    if (before === undefined || after === undefined || more.length > 0)
      throw new Error(`index.html must hold ${mark.trim()} once`)
    // As a function: "$&" in a script would otherwise be taken for a pattern.
    filled = filled.replace(mark, () => content)
  }
  return filled
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
