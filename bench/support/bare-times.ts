import { openBareIsolate, stopBareLoop } from './bare-isolate.ts'
import { load, timed } from './measure.ts'

// Started by ../sandbox.ts in a process of its own, because isolated-vm needs a flag of Node: `bare-times.ts RUNS`.
// Prints as JSON what bare isolated-vm takes for the same, ms.

const runs = Number(process.argv[2])
const args = { q: 'acme 7' }

const warm = await openBareIsolate()
const one = () => warm.run(args)
await load(1, runs, one)
const alone = await load(1, runs, one)
const together = await load(40, runs, one)
warm.dispose()

const fresh: number[] = []
for (let i = 0; i < Math.max(3, runs / 20); i += 1) {
  fresh.push(
    await timed(async () => {
      const isolate = await openBareIsolate()
      await isolate.run(args)
      isolate.dispose()
    }),
  )
}
const stop: number[] = []
for (let i = 0; i < 3; i += 1) stop.push(await stopBareLoop(100))

process.stdout.write(
  JSON.stringify({ warmP50: alone.p50, warmP95: alone.p95, perSecond: together.perSecond, fresh, stop }),
)
