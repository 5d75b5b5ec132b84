// `npm run bench -- evidence [--json] [--quick] [--receipts N]`: what receipts cost: bytes as JSON, in a bundle and in blocks; the
// processor's time to make one; and the time to verify a bundle of all of them.
import { createHash, generateKeyPairSync, hash, randomBytes, sign, verify } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import { createGroupWriter, partNames, writeBundle, writeManifest } from '@switchboard/bundle'
import type { Section } from '@switchboard/bundle'
import { verifyBundle } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { createReceiptMill } from '../apps/server/src/evidence/testing/receipt-mill.ts'
import type { Milled, MilledParts } from '../apps/server/src/evidence/testing/receipt-mill.ts'
import { figure, machineSettings, printFigures } from './support/figure.ts'
import { median } from './support/measure.ts'

const { values: options } = parseArgs({
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, receipts: { type: 'string' } },
})
const wanted = Number(options.receipts ?? (options.quick === true ? 2_000 : 1_000_000))
const perBlock = 65_536
/** Receipts that one signature of the log covers when it is busy. */
const perBatch = 256
const signatures = options.quick === true ? 50 : 5_000
const verifications = options.quick === true ? 1 : 3
const organisation = 'org_019900000000700080000000000000a1'
const beganAt = Date.UTC(2027, 2, 4)

const keys = generateKeyPairSync('ed25519')
const message = randomBytes(1_024)
const signature = sign(null, message, keys.privateKey)

const folder = await mkdtemp(join(tmpdir(), 'switchboard-bench-'))
try {
  printFigures(await measure(), options.json === true)
} finally {
  await rm(folder, { recursive: true })
}

async function measure() {
  const mill = await createReceiptMill({ folder, seed: 7, organisation, beganAt })
  const groups = createGroupWriter({ logs: 1 })
  const packages = new Map<string, { name: string; version: string; digest: string }>()
  const gzip = countGzip()
  const making: number[] = []
  const hashed = { bytes: 0, blocks: 0 }
  let blocks = mill.blocks(0)
  let [rawBytes, sealedInBlocks, blockBytes, lastAt] = [0, 0, 0, 0]

  for (let from = 0; from < wanted; from += perBatch) {
    const drafts = Array.from({ length: Math.min(perBatch, wanted - from) }, () => mill.draft())
    const began = process.cpuUsage()
    const milled = drafts.map((draft) => mill.make(draft))
    mill.sign()
    const { user, system } = process.cpuUsage(began)
    making.push((user + system) / milled.length)
    for (const [at, one] of milled.entries()) {
      const index = from + at
      const parts = mill.open(one)
      const { row, leaf } = one
      groups.add(0, {
        index,
        entry: row.entry,
        leaf,
        parts,
        isRun: row.phase === 'outcome' && row.operation === 'plugin.run',
      })
      collectPackages(drafts[at]?.parts, row.decision, packages)
      countHashed(parts, hashed)
      const json = canonicalReceipt(one, parts)
      rawBytes += Buffer.byteLength(json)
      await gzip.add(json)
      blocks.add(row, one.key)
      lastAt = Math.max(lastAt, row.at)
      // Only whole blocks are written; what is left stays in rows, and is left out on both sides.
      if ((index + 1) % perBlock === 0) {
        blockBytes += (await blocks.finish()).bytes.length
        sealedInBlocks += perBlock
        blocks = mill.blocks(index + 1)
      }
    }
  }
  if (sealedInBlocks === 0) {
    blockBytes += (await blocks.finish()).bytes.length
    sealedInBlocks = wanted
  }
  const gzipped = await gzip.end()
  const written = groups.end()
  const manifest = writeManifest({
    kind: 'period',
    scope: { fromAt: 0, toAt: lastAt + 1 },
    createdAt: lastAt,
    // The export is the last of them.
    logs: [{ origin: mill.origin, class: 'standard', complete: [{ from: 0, to: wanted + 1 }] }],
    groups: written,
    marketplace: [...packages.values()].map((each) => ({
      ...each,
      publisher: 'Bench',
      keyId: '0123456789abcdef',
    })),
    documents: [],
  })
  const bundle = withExport(mill, manifest, written.sections, lastAt)

  const took: number[] = []
  const reference: number[] = []
  const floor: number[] = []
  for (let i = 0; i < verifications; i += 1) {
    const began = performance.now()
    const report = await verifyBundle(bundle, { logKeys: [mill.vkey] }, nodeCrypto)
    took.push(performance.now() - began)
    if (!report.ok) throw new Error(`the bundle does not verify: ${JSON.stringify(report.findings[0])}`)
    reference.push(signatureMs() * wanted)
    floor.push(hashed.blocks / blocksPerMs())
  }
  const raw = rawBytes / wanted
  const per = (bytes: number, count: number): number => bytes / count
  const common = { ...machineSettings(), defaults: true, receipts: wanted }
  const tileBytes = (32 * 256) / 255
  return [
    figure(
      'receipt as gzip of canonical JSON',
      'bytes',
      { value: per(gzipped, wanted), reference: raw },
      { ...common, reference: 'canonical JSON with salts' },
    ),
    figure(
      'receipt sealed, in a bundle, all parts opened',
      'bytes',
      { value: per(bundle.length, wanted), reference: raw },
      { ...common, reference: 'canonical JSON with salts', saltBytes: 32 * partNames.length },
    ),
    figure(
      'receipt compacted, in a block, with its share of tiles',
      'bytes',
      { value: per(blockBytes, sealedInBlocks) + tileBytes, reference: raw },
      {
        ...common,
        reference: 'canonical JSON with salts',
        goal: 'at most 0.1',
        blockBytes: per(blockBytes, sealedInBlocks),
        tileBytes,
        // Two digests, ten bytes of an id that are random, and the leaf's hash in its tile: no coding makes them smaller.
        floor: 32 + 32 + 42 / 8 + tileBytes,
      },
    ),
    figure(
      'making a receipt, its share of the signature included',
      'µs',
      { value: median(making), reference: median(Array.from({ length: 3 }, signingMicros)) },
      { ...common, reference: 'one Ed25519 signature', goal: 'at most 25', batch: perBatch },
    ),
    figure(
      'verifying a bundle of all',
      'ms',
      { value: median(took), reference: median(reference) },
      {
        ...common,
        reference: `an Ed25519 verification for each receipt, measured on ${signatures.toLocaleString('en')}`,
        goal: 'at most 0.01',
        timesFaster: Number((median(reference) / median(took)).toPrecision(3)),
        bundleBytes: bundle.length,
        shaBlocks: hashed.blocks,
        floorMs: Number(median(floor).toPrecision(4)),
        floor: 'its SHA-256 blocks at the rate of one large buffer in node:crypto, on one core',
      },
    ),
  ]
}

/** The bundle with a receipt of its own export, which takes the next place in the log. */
function withExport(
  mill: Awaited<ReturnType<typeof createReceiptMill>>,
  manifest: Buffer,
  groups: readonly Section[],
  at: number,
): Buffer {
  const template = mill.draft()
  const { parent: _, ...plain } = template
  const draft = {
    ...plain,
    at,
    phase: 'effect',
    decision: 'allowed',
    level: 'none',
    parts: {
      ...template.parts,
      actor: { organisation, user: 'usr_auditor', name: 'Auditor', roles: ['auditor'] },
      subject: { operation: 'evidence.export' },
      policy: { effect: 'permit', rules: ['auditors-export'], digest: 'sha256:00', engine: 'cedar' },
      output: { sha256: hash('sha256', manifest, 'hex'), bytes: manifest.length },
    },
  } as const
  const made = mill.make(draft)
  return writeBundle({
    manifest,
    groups,
    documents: [],
    export: { log: 0, index: wanted, entry: made.row.entry, leaf: made.leaf, parts: mill.open(made) },
    // Every leaf is known, so nothing is left for a proof to say.
    logs: [{ checkpoint: mill.sign().note, history: [], proof: [] }],
    rotations: [],
  })
}

/** A receipt as people would keep it: one canonical JSON object with its fields, its parts and their salts. */
function canonicalReceipt({ row }: Milled, parts: MilledParts): string {
  const opened = partNames
    .toSorted()
    .map((name) => `"${name}":{"salt":"${parts[name].salt.toString('base64')}","value":${parts[name].json}}`)
  const numbers = Buffer.from(row.entry)
  return (
    `{"at":${row.at},"bytesIn":${numbers.readBigUInt64BE(72)},"bytesOut":${numbers.readBigUInt64BE(80)},"calls":${row.calls},` +
    `"costMicros":"${row.cost_micros}","cpuMicros":${numbers.readBigUInt64BE(96)},"decision":"${row.decision}","id":"${row.id}",` +
    `"level":"${row.level}",${row.parent === null ? '' : `"parent":"${row.parent}",`}"parts":{${opened.join(',')}},` +
    `"phase":"${row.phase}","retention":"standard","rows":${row.rows},"trace":"${numbers.toString('hex', 20, 36)}",` +
    `"wallMicros":${numbers.readBigUInt64BE(88)}}`
  )
}

/** SHA-256 blocks that nobody can verify the receipt without: its parts, its leaf, its share of the tree. */
function countHashed(parts: MilledParts, hashed: { bytes: number; blocks: number }): void {
  const messages = [...partNames.map((name) => 53 + Buffer.byteLength(parts[name].json)), 305, 65]
  for (const length of messages) {
    hashed.bytes += length
    hashed.blocks += Math.ceil((length + 9) / 64)
  }
}

function collectPackages(
  parts: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined,
  decision: string,
  found: Map<string, { name: string; version: string; digest: string }>,
): void {
  if (decision !== 'allowed') return
  for (const value of [parts?.['subject'], parts?.['actor']?.['via']]) {
    const { package: name, version, digest } = (value ?? {}) as Readonly<Record<string, unknown>>
    if (typeof name === 'string' && typeof version === 'string' && typeof digest === 'string')
      found.set(`${name} ${version} ${digest}`, { name, version, digest })
  }
}

/** gzip of one receipt a line, of which only the length is kept. */
function countGzip() {
  const stream = createGzip()
  let length = 0
  stream.on('data', (chunk: Buffer) => (length += chunk.length))
  let waiting = ''
  return {
    async add(line: string): Promise<void> {
      waiting += `${line}\n`
      if (waiting.length < 1_000_000) return
      const full = !stream.write(waiting)
      waiting = ''
      if (full) await new Promise((resolve) => stream.once('drain', resolve))
    },
    async end(): Promise<number> {
      const ended = new Promise((resolve) => stream.once('end', resolve))
      stream.end(waiting)
      await ended
      return length
    },
  }
}

function signatureMs(): number {
  const began = performance.now()
  for (let i = 0; i < signatures; i += 1) verify(null, message, keys.publicKey, signature)
  return (performance.now() - began) / signatures
}

function signingMicros(): number {
  const began = process.cpuUsage()
  for (let i = 0; i < signatures; i += 1) sign(null, message, keys.privateKey)
  const { user, system } = process.cpuUsage(began)
  return (user + system) / signatures
}

function blocksPerMs(): number {
  const large = randomBytes(64 * 1024 * 1024)
  const began = performance.now()
  createHash('sha256').update(large).digest()
  return large.length / 64 / (performance.now() - began)
}
