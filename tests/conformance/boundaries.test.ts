import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import test, { type TestContext } from 'node:test'

const root = resolve(import.meta.dirname, '../..')

// A small product in the real one's shape, checked against the real map: it stays green while others edit the real one.
const clean = {
  'packages/api/src/index.ts':
    "export { allow } from './outcome.ts'\nexport type { Outcome } from './outcome.ts'\n",
  'packages/api/src/outcome.ts':
    'export type Outcome = { ok: boolean }\nexport const allow: Outcome = { ok: true }\n',
  'packages/verifier/src/index.ts': 'export const verify = () => true\n',
  'apps/server/src/kernel/clock.ts':
    'export type Clock = () => number\nexport const clock: Clock = Date.now\n',
  'apps/server/src/kernel/db/open.ts': "export { DatabaseSync } from 'node:sqlite'\n",
  'apps/server/src/gate/index.ts':
    "import { clock } from '../kernel/clock.ts'\nexport const gate = { clock }\n",
  'apps/server/src/cases/index.ts': "export { createCase } from './create-case.ts'\n",
  'apps/server/src/cases/create-case.ts':
    "import { allow } from '@switchboard/api'\nimport { search } from '../graph/index.ts'\nexport const createCase = () => [allow, search]\n",
  'apps/server/src/graph/index.ts': "export { search } from './search.ts'\n",
  'apps/server/src/graph/search.ts':
    "import type { Clock } from '../kernel/clock.ts'\nexport const search = (clock: Clock) => clock()\n",
  'apps/server/src/main.ts':
    "import { createCase } from './cases/index.ts'\nawait using made = Object(createCase())\nmade.close()\n",
} as const

function check(t: TestContext, planted: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-boundaries-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [file, text] of Object.entries({ ...clean, ...planted })) {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  cpSync(join(root, 'tools/boundaries.json'), join(mkdirs(folder, 'tools'), 'boundaries.json'))
  const script = join(root, 'scripts/checks/boundaries.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, folder], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

function mkdirs(...parts: [string, ...string[]]) {
  const path = join(...parts)
  mkdirSync(path, { recursive: true })
  return path
}

test('a tree that keeps the map passes, and the check says how many modules it read', (t) => {
  const { status, output } = check(t, {})
  assert.equal(output, 'boundaries: read 11 of 11 modules, 10 imports, 0 violations\n')
  assert.equal(status, 0)
})

const violations: Record<string, { planted: Record<string, string>; says: RegExp }> = {
  'a circle of imports inside one folder': {
    planted: {
      'apps/server/src/graph/one.ts': "import { two } from './two.ts'\nexport const one = () => two\n",
      'apps/server/src/graph/two.ts': "import { one } from './one.ts'\nexport const two = () => one\n",
    },
    says: /graph\/one\.ts.*imports run in a circle/,
  },
  'a circle of type-only imports': {
    planted: {
      'apps/server/src/graph/one.ts': "import type { Two } from './two.ts'\nexport type One = Two | 1\n",
      'apps/server/src/graph/two.ts': "import type { One } from './one.ts'\nexport type Two = { one: One }\n",
    },
    says: /graph\/one\.ts.*imports run in a circle/,
  },
  'a circle through two doors': {
    planted: {
      'apps/server/src/graph/search.ts':
        "import { createCase } from '../cases/index.ts'\nexport const search = createCase\n",
    },
    says: /cases\/index\.ts.*imports run in a circle/,
  },
  'the kernel importing a core': {
    planted: {
      'apps/server/src/finops/index.ts': 'export const meter = 1\n',
      'apps/server/src/kernel/bad.ts':
        "import { meter } from '../finops/index.ts'\nexport const bad = meter\n",
    },
    says: /kernel\/bad\.ts: apps\/server\/src\/kernel may not import apps\/server\/src\/finops/,
  },
  'a handler importing the gate, types included': {
    planted: {
      'apps/server/src/cases/bad.ts':
        "import type { gate } from '../gate/index.ts'\nexport type Bad = typeof gate\n",
    },
    says: /cases\/bad\.ts: apps\/server\/src\/cases may not import apps\/server\/src\/gate/,
  },
  'a domain reaching past the door of another': {
    planted: {
      'apps/server/src/cases/bad.ts':
        "import { search } from '../graph/search.ts'\nexport const bad = search\n",
    },
    says: /cases\/bad\.ts: apps\/server\/src\/graph is entered through its index\.ts/,
  },
  'the verifier sharing code with the writer': {
    planted: {
      'packages/verifier/src/bad.ts': "import { allow } from '@switchboard/api'\nexport const bad = allow\n",
    },
    says: /verifier\/src\/bad\.ts: packages\/verifier may not import packages\/api/,
  },
  'a database driver outside kernel/db': {
    planted: { 'apps/server/src/cases/bad.ts': "export { DatabaseSync } from 'node:sqlite'\n" },
    says: /cases\/bad\.ts: node:sqlite is imported only by apps\/server\/src\/kernel\/db/,
  },
  'a dynamic import of the isolate outside the sandbox': {
    planted: { 'apps/server/src/cases/bad.ts': "export const bad = () => import('isolated-vm')\n" },
    says: /cases\/bad\.ts: isolated-vm is imported only by/,
  },
  'a type taken with import() in place of an import line': {
    planted: {
      'apps/server/src/cases/bad.ts': "export type Bad = import('../gate/index.ts').Gate\n",
    },
    says: /cases\/bad\.ts: apps\/server\/src\/cases may not import apps\/server\/src\/gate/,
  },
  'an import whose name is computed': {
    planted: {
      'apps/server/src/cases/bad.ts': "export const bad = (name: string) => import('../' + name)\n",
    },
    says: /cases\/bad\.ts: imports a name computed at run time/,
  },
  'a folder that the map does not know': {
    planted: { 'apps/server/src/helpers/index.ts': 'export const help = 1\n' },
    says: /helpers\/index\.ts: its folder is not in tools\/boundaries\.json/,
  },
  'an import that leads nowhere': {
    planted: { 'apps/server/src/cases/bad.ts': "export { gone } from './gone.ts'\n" },
    says: /cases\/bad\.ts: \.\/gone\.ts does not exist/,
  },
  'a file that cannot be parsed': {
    planted: { 'apps/server/src/cases/bad.ts': 'export const = 1\n' },
    says: /cases\/bad\.ts: [^]*read 11 of 12 modules/,
  },
}

for (const [name, { planted, says }] of Object.entries(violations)) {
  test(`the boundary check fails on ${name}`, (t) => {
    const { status, output } = check(t, planted)
    assert.match(output, says)
    assert.equal(status, 1)
  })
}
