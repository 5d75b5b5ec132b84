// `npm run bench -- <scenario> [--json] …`: runs bench/<scenario>.ts; without a scenario, lists them.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bootstrap/install.mjs'
import { main, runNode24 } from './bootstrap/node-24.mjs'

await main(async ([scenario, ...args]) => {
  const scenarios = readdirSync(join(root, 'bench'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
  if (scenario && scenarios.includes(scenario)) return runNode24([`bench/${scenario}.ts`, ...args])
  if (scenario) process.stderr.write(`There is no scenario ${scenario}.\n`)
  process.stdout.write(
    `npm run bench -- <scenario> [--json]\n${scenarios.map((name) => `  ${name}\n`).join('')}`,
  )
  return scenario ? 1 : 0
})
