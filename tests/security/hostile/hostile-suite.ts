// Run by `npm run test:security`, once for each level and user; not by `npm test`, because it takes a minute or two.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '../../../apps/server/src/kernel/fault.ts'
import { createSandbox } from '../../../apps/server/src/sandbox/index.ts'
import type { LevelSetting } from '../../../apps/server/src/sandbox/index.ts'
import { plantCanaries } from './canaries.ts'
import { hostileClasses } from './classes/index.ts'
import { startNeighbour } from './neighbour.ts'
import { performClass } from './perform-class.ts'

const level = (process.env['SWITCHBOARD_HOSTILE_LEVEL'] ?? 'auto') as LevelSetting
// `reduced` means that or better, so the better one is taken away.
const withoutBetter = level === 'reduced' ? { bwrapPath: null } : {}
const only = process.env['SWITCHBOARD_HOSTILE_CLASS']
const chosen = hostileClasses.filter((each) => only === undefined || each.name.includes(only))

test('hostile programs reach nothing, and nobody else notices them', async (t) => {
  const canaries = await plantCanaries()
  t.after(() => canaries.close())
  // The secret stands in the server's own environment, as a real one would.
  Object.assign(process.env, canaries.environment)
  const sandbox = await createSandbox({ poolSize: 1, jail: { level, ...withoutBetter } }).catch(
    (fault: unknown) => {
      // Only as a skip that says why; in a place that lacks what the level is made of.
      if (fault instanceof Fault && fault.code === 'sandbox_level_not_reached') return fault.message
      throw fault
    },
  )
  if (typeof sandbox === 'string') return t.skip(sandbox)
  t.after(() => sandbox.close())
  if (level !== 'auto') assert.equal(sandbox.level, level)
  t.diagnostic(`level ${sandbox.level}, user ${process.getuid?.()}`)
  const neighbour = await startNeighbour(t, sandbox)
  for (const hostile of chosen) {
    await t.test(hostile.name, async (part) => {
      const performed = await performClass(sandbox, hostile, canaries)
      const wrong = performed.filter((each) => each.wrong.length > 0)
      assert.deepEqual(wrong, [])
      assert.equal(performed.length, hostile.programs.length)
      const ends = Map.groupBy(performed, (each) => each.end.split(/[ :]/)[0])
      const counts = [...ends].map(([end, of]) => `${of.length} ${end}`).join(', ')
      part.diagnostic(`${performed.length} programs, 0 canaries: ${counts}. Held by ${hostile.mechanism}`)
    })
  }
  const others = await neighbour.stop()
  // A connection is heard of a turn of the loop after it was made: also the last one.
  await delay(50)
  assert.deepEqual(canaries.hits(''), [])
  t.diagnostic(`meanwhile ${JSON.stringify(others)}`)
  assert.ok(others.runs > 0 && others.reads > 0)
})

for (const hostile of chosen) {
  test(`control: ${hostile.name}, with that layer off`, async (t) => {
    const canaries = await plantCanaries()
    t.after(() => canaries.close())
    t.diagnostic(await hostile.control(canaries))
  })
}
