import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { makeWitnessKey, openWitnessKey } from '../witness-key.ts'
import { openWitness } from '../witness.ts'
import type { VerifierKey } from '../verifier-key.ts'

export const now = Date.UTC(2027, 2, 4, 5, 6, 7)

export async function witnessState(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-witness-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await makeWitnessKey(folder, 'witness.example/w1')
  return folder
}

/** A witness over a folder; opening another one on the same folder is a restart. */
export async function openTestWitness(
  folder: string,
  logKeys: readonly VerifierKey[],
  clock: () => number = () => now,
) {
  const said: string[] = []
  const key = await openWitnessKey(folder)
  const witness = await openWitness({ folder, key, logKeys, clock, say: (line) => said.push(line) })
  return { ...witness, key, said }
}
