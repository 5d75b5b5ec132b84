// `npm run bench -- receipts [--json] [--quick]`: receipts made durable by 40 writers, and 100,000 of them verified.
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { verifyBundle } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { openLogUnderBench } from './support/log-under-bench.ts'
import type { LogUnderBench } from './support/log-under-bench.ts'
import { figure, machineSettings, printFigures } from './support/figure.ts'
import type { Figure } from './support/figure.ts'
import { load, median, timed } from './support/measure.ts'

const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, quick: { type: 'boolean' } } })
const writers = 40
const writes = options.quick === true ? 400 : 10_000
const repeats = options.quick === true ? 1 : 5
/** The most that one bundle holds, the intent of its own export included. */
const bundled = options.quick === true ? 500 : 100_000
const signatures = options.quick === true ? 50 : 5_000
const keys = generateKeyPairSync('ed25519')
/** As long as a receipt's entry. */
const entry = randomBytes(304)

const folder = await mkdtemp(join(tmpdir(), 'switchboard-bench-'))
try {
  const log = await openLogUnderBench(folder)
  try {
    printFigures([await writing(log), await verifying(log)], options.json === true)
  } finally {
    await log.close()
  }
} finally {
  await rm(folder, { recursive: true })
}

/** Each write is a transaction of its own, acknowledged when it is durable; the log signs them beside it. */
async function writing(log: LogUnderBench): Promise<Figure> {
  await load(writers, writes / 10, log.record)
  const rates: number[] = []
  const signing: number[] = []
  const before = log.database.stats()
  for (let i = 0; i < repeats; i += 1) {
    rates.push((await load(writers, writes, log.record)).perSecond)
    // The log's own work is finished before the reference is taken, or it would slow it.
    await log.quiet()
    signing.push(signaturesPerSecond())
  }
  const after = log.database.stats()
  const receipts = repeats * writes
  return figure(
    'receipts at 40 writers',
    'per second',
    { value: median(rates), reference: median(signing) },
    {
      ...machineSettings(),
      ...log.settings,
      reference: 'one Ed25519 signature for each receipt, in memory',
      receipts,
      commitsPerReceipt: Number(((after.commits - before.commits) / receipts).toPrecision(3)),
    },
  )
}

/** A bundle that the product wrote and the verifier that people are given, held against a signature for each receipt. */
async function verifying(log: LogUnderBench): Promise<Figure> {
  await log.fillTo(bundled - 1)
  const bundle = await log.exportAll()
  const took: number[] = []
  const reference: number[] = []
  for (let i = 0; i < Math.min(repeats, 3); i += 1) {
    took.push(
      await timed(async () => {
        const report = await verifyBundle(bundle, { logKeys: [log.logKey] }, nodeCrypto)
        if (!report.ok) throw new Error(`the bundle does not verify: ${JSON.stringify(report.findings[0])}`)
      }),
    )
    reference.push((bundled / verificationsPerSecond()) * 1000)
  }
  return figure(
    `verify a bundle of ${bundled.toLocaleString('en')} receipts`,
    'ms',
    { value: median(took), reference: median(reference) },
    {
      ...machineSettings(),
      ...log.settings,
      reference: `one Ed25519 verification for each receipt (from ${signatures} of them)`,
      bundleBytes: bundle.byteLength,
      partsOpened: 'all six of each receipt',
    },
  )
}

function signaturesPerSecond(): number {
  const began = performance.now()
  for (let i = 0; i < signatures; i += 1) sign(null, entry, keys.privateKey)
  return signatures / ((performance.now() - began) / 1000)
}

function verificationsPerSecond(): number {
  const signature = sign(null, entry, keys.privateKey)
  const began = performance.now()
  for (let i = 0; i < signatures; i += 1) {
    if (!verify(null, entry, keys.publicKey, signature)) throw new Error('a signature that does not verify')
  }
  return signatures / ((performance.now() - began) / 1000)
}
