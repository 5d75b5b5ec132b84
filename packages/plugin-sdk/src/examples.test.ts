import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { test } from 'node:test'

const here = new URL('./', import.meta.url)

/** The code of every `@example` in a file. */
function examplesIn(source: string): string[] {
  return [...source.matchAll(/\* @example\n \* ```ts\n(.*?) \* ```/gs)].map(([, code = '']) =>
    code.replaceAll(/^ \* ?/gm, ''),
  )
}

test('every example in the docstrings runs as it stands', async () => {
  const ran: string[] = []
  for await (const name of glob('**/*.ts', { cwd: here.pathname })) {
    for (const example of examplesIn(await readFile(new URL(name, here), 'utf8'))) {
      const code = stripTypeScriptTypes(example).replaceAll(
        `'@switchboard/plugin-sdk'`,
        `'${new URL('index.ts', here).href}'`,
      )
      await import(`data:text/javascript,${encodeURIComponent(code)}`)
      ran.push(name)
    }
  }
  assert.deepEqual(ran.sort(), ['pack-package.ts', 'plugin-api.ts'])
})
