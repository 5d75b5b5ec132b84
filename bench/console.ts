// `npm run bench -- console [--json] [--quick]`: what the console's first screen costs: bytes, requests, time until it can be used.
import { parseArgs } from 'node:util'
import { openConsoleUnderBench } from './support/console-under-bench.ts'
import type { Network, PageLoad } from './support/console-under-bench.ts'
import { figure, machineSettings, printFigures } from './support/figure.ts'
import type { Figure } from './support/figure.ts'
import { median } from './support/measure.ts'

const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, quick: { type: 'boolean' } } })
const quick = options.quick === true
const repeats = quick ? 1 : 7
const goalBytes = 300_000

const networks: readonly (readonly [name: string, network: Network | undefined])[] = [
  ['over loopback', undefined],
  ['at 10 Mbit/s, 40 ms, a processor 4 times slower', { bitsPerSecond: 10e6, roundTripMs: 40, slowdown: 4 }],
]

printFigures(await measure(), options.json === true)

async function measure(): Promise<readonly Figure[]> {
  await using console = await openConsoleUnderBench()
  const settings = { ...machineSettings(), browser: console.browserVersion, defaults: true }
  const figures: Figure[] = []
  for (const [where, network] of networks) {
    const taken: { first: PageLoad; again: PageLoad; empty: PageLoad; emptyAgain: PageLoad }[] = []
    for (let i = 0; i < repeats; i += 1) {
      taken.push({
        first: await console.load('/app/', { network, cached: false }),
        again: await console.load('/app/', { network, cached: true }),
        empty: await console.load('/app/icon.svg', { network, cached: false }),
        emptyAgain: await console.load('/app/icon.svg', { network, cached: true }),
      })
    }
    const middle = (of: (each: (typeof taken)[number]) => number) => median(taken.map(of))
    if (network === undefined) {
      const [one] = taken
      if (one === undefined) throw new Error('Nothing was loaded.')
      const { encodedBytes, decodedBytes, requests } = one.first
      figures.push(
        figure(
          'first load, compressed',
          'bytes',
          { value: encodedBytes, reference: decodedBytes },
          {
            ...settings,
            reference: 'the same files as they are',
            goal: `at most ${goalBytes}: ${encodedBytes <= goalBytes ? 'met' : 'missed'}`,
            requests,
          },
        ),
      )
    }
    const own = {
      ...settings,
      repeats,
      reference: 'the icon of the same server, alone in the same browser',
      floorMs: Math.round(middle(({ first }) => first.answeredMs)),
      floor:
        'the page and the three answers one after another that the screen waits for: page, code, who am I, status',
      paintedMs: Math.round(middle(({ first }) => first.paintedMs)),
    }
    figures.push(
      figure(
        `start page usable, first load, ${where}`,
        'ms',
        { value: middle(({ first }) => first.usableMs), reference: middle(({ empty }) => empty.loadedMs) },
        own,
      ),
      figure(
        `start page usable, files cached, ${where}`,
        'ms',
        {
          value: middle(({ again }) => again.usableMs),
          reference: middle(({ emptyAgain }) => emptyAgain.loadedMs),
        },
        {
          ...own,
          floorMs: Math.round(middle(({ again }) => again.answeredMs)),
          paintedMs: Math.round(middle(({ again }) => again.paintedMs)),
        },
      ),
    )
  }
  return figures
}
