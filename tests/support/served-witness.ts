import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  makeWitnessKey,
  openWitness,
  openWitnessKey,
  parseVerifierKey,
  serveWitness,
} from '../../apps/cli/src/witness/observer/index.ts'

/** The product's own witness, over HTTP on a free port, in this process; ended with the test. */
export async function servedWitness(t: TestContext, logKey: string, name: string, clock: () => number) {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-witness-'))
  const { vkey } = await makeWitnessKey(folder, name)
  const trusted = parseVerifierKey(logKey, 'log')
  if (trusted === undefined) throw new TypeError(`${logKey} is no key of a log`)
  const key = await openWitnessKey(folder)
  const said: string[] = []
  const witness = await openWitness({
    folder,
    key,
    logKeys: [trusted],
    clock,
    say: (line) => said.push(line),
  })
  const server = await serveWitness(witness, { host: '127.0.0.1', port: 0 }, (cause) =>
    said.push(String(cause)),
  )
  t.after(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    vkey,
    setting: `http://127.0.0.1:${server.port}=${vkey}`,
    said,
    close: server.close,
  }
}
