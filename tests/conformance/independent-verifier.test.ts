import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { verifyBundle } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { everyFeature } from '../../packages/verifier/src/testing/every-feature.ts'
import { createTestServer } from '../support/test-server.ts'

const folder = resolve(import.meta.dirname, '../../tools/verifier-python')
const hasPython = spawnSync('python3', ['--version']).status === 0
const skip = hasPython ? false : 'there is no python3 here'

/**
 * Many bundles in one process, since a start costs more than a verification. The program imports the verifier that was
 * written from the two documents and asks it about each.
 */
const driver = `
import json, sys
sys.path.insert(0, sys.argv[1])
sys.setrecursionlimit(10000)
import verify_bundle as v
for line in sys.stdin:
    ask = json.loads(line)
    with open(ask['file'], 'rb') as file:
        data = bytearray(file.read())
    keys = [v.vkey(k, 1) for k in ask['keys']]
    witnesses = [v.vkey(k, 4) for k in ask['witnesses']]
    said = []
    for at, bit in ask['flips'] or [(None, 0)]:
        if at is not None:
            data[at] ^= 1 << bit
        said.append(v.judged(bytes(data), keys, witnesses, ask['needed'], ask['saved']))
        if at is not None:
            data[at] ^= 1 << bit
    print(json.dumps(said), flush=True)
`

interface Question {
  readonly bytes: Uint8Array
  readonly keys: readonly string[]
  readonly witnesses?: readonly string[]
  readonly needed?: number
  readonly saved?: string
  readonly flips?: readonly (readonly [offset: number, bit: number])[]
}
interface Verdict {
  readonly ok: boolean
  readonly why?: string
  readonly receipts?: number
}

function ask(questions: readonly Question[]): readonly (readonly Verdict[])[] {
  const work = mkdtempSync(join(tmpdir(), 'switchboard-independent-'))
  try {
    const lines = questions.map(({ bytes, keys, witnesses = [], needed = 0, saved, flips }, at) => {
      const file = join(work, `${at}.bundle`)
      writeFileSync(file, bytes)
      return JSON.stringify({ file, keys, witnesses, needed, saved: saved ?? null, flips: flips ?? null })
    })
    const { stdout, stderr, status } = spawnSync('python3', ['-B', '-c', driver, folder], {
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    assert.equal(status, 0, stderr)
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Verdict[])
  } finally {
    rmSync(work, { recursive: true })
  }
}

test(
  'a verifier written in another language from the documents alone finds a bundle with every feature green',
  { skip },
  () => {
    const { bundle, trust, saved } = everyFeature()
    const question = {
      bytes: bundle.bytes,
      keys: trust.logKeys,
      witnesses: trust.witnessKeys ?? [],
      needed: 2,
    }
    const verdicts = ask(saved.map((each) => ({ ...question, saved: each })))
    for (const [verdict] of verdicts) assert.equal(verdict?.ok, true, verdict?.why)
    const other = everyFeature({ cosignedBy: ['witness.one'] })
    const [[unwitnessed], [unknown]] = ask([
      { ...question, bytes: other.bundle.bytes },
      { ...question, keys: [] },
    ]) as [[Verdict], [Verdict]]
    assert.match(unwitnessed.why ?? '', /witness_quorum/)
    assert.match(unknown.why ?? '', /checkpoint_key/)
  },
)

test(
  'both verifiers say the same of a bundle that the server wrote, and of one that leaves a receipt out',
  { skip },
  async (t) => {
    const s = await createTestServer(t)
    const { id } = await s.value(s.a.analyst, 'case.create', { title: 'Ünïcode 🛰 case', note: 'a "note"\n' })
    await s.value(s.a.analyst, 'case.read', { id })
    await s.denial(s.a.analyst, 'plugin.install', { id: 'nothing' })
    const { bundle } = await s.value(s.a.auditor, 'evidence.export', {})
    const bytes = Buffer.from(bundle, 'base64')
    const keys = [s.server.evidence.logKey]
    const [[verdict]] = ask([{ bytes, keys }]) as [[Verdict]]
    assert.equal(verdict.ok, true, verdict.why)
    const ours = await verifyBundle(bytes, { logKeys: keys }, nodeCrypto)
    assert.equal(ours.ok, true, JSON.stringify(ours.findings))
    assert.equal(ours.summary.receipts, verdict.receipts)

    // The same log, one receipt less, and the claim that nothing is missing.
    const short = everyFeature({ select: (receipt) => receipt.class !== 'standard' || receipt.index !== 2 })
    const [[missing]] = ask([{ bytes: short.bundle.bytes, keys: short.trust.logKeys }]) as [[Verdict]]
    assert.match(missing.why ?? '', /complete_missing/)
    const red = await verifyBundle(short.bundle.bytes, short.trust, nodeCrypto)
    assert.ok(red.findings.some(({ rule }) => rule === 'complete_missing'))
  },
)

test('no flipped bit of a bundle is green in either', { skip }, async () => {
  const { bundle, trust } = everyFeature()
  const { bytes } = bundle
  const question = { bytes, keys: trust.logKeys, witnesses: trust.witnessKeys ?? [], needed: 2 }
  // Spread over the whole file: each place once, each bit as often as the others.
  const flips = Array.from({ length: 300 }, (_, i) => [Math.floor((i * bytes.length) / 300), i % 8] as const)
  const [verdicts] = ask([{ ...question, flips }])
  assert.equal(verdicts?.length, flips.length)
  assert.deepEqual(
    verdicts?.flatMap(({ ok }, at) => (ok ? [flips[at]] : [])),
    [],
  )
  for (const [at, bit] of flips.slice(0, 50)) {
    const turned = Buffer.from(bytes)
    turned[at] = (turned[at] ?? 0) ^ (1 << bit)
    assert.equal((await verifyBundle(turned, trust, nodeCrypto)).ok, false, `byte ${at}`)
  }
})
