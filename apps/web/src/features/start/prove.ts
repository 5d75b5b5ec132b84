import type { OperationByName, OutputOf } from '@switchboard/api'
import type { GivenTrust } from '@switchboard/verifier/worker-client'
import { client } from '../../api/client.ts'
import { performStep } from './perform-step.ts'
import { bytes, count } from '../../parts/format.ts'
import { fromBase64 } from '../../parts/save-file.ts'
import { performSteps } from './steps.ts'
import type { Step } from './steps.ts'

/** A bundle in this browser, and what it is held against: read before it was made, and never out of it. */
export interface Proof {
  readonly case: string
  readonly file: Blob
  readonly receipts: number
  readonly trust: GivenTrust
}

export interface Proving {
  readonly busy: boolean
  readonly steps: readonly Step[]
  readonly proof: Proof | undefined
}
export const nothingProved: Proving = { busy: false, steps: [], proof: undefined }

type Checkpoints = OutputOf<OperationByName<'checkpoint.read'>>

/**
 * Reads the key of the logs and their checkpoints, then has the evidence of a case exported, and starts the verifier: from
 * there on everything is in this browser.
 *
 * @param publishers whether this person may read the keys of publishers; without them packages' signatures stay unchecked.
 */
export async function makeProof(deps: {
  readonly case: string
  readonly publishers: boolean
  readonly preload: () => Promise<void>
  readonly tell: (steps: readonly Step[]) => void
}): Promise<Proof | undefined> {
  let known: Checkpoints | undefined
  let publisherKeys: GivenTrust['publisherKeys'] = []
  let proof: Proof | undefined
  await performSteps(
    [
      {
        says: 'Keep the key of the logs and their checkpoints, before anything is exported',
        async perform() {
          const read = await client.perform('checkpoint.read', {})
          if (!read.ok) return read
          known = read.value
          return {
            ...read,
            came: `${read.value.key.split('+')[0]}, ${count(signedLogs(read.value).length, 'log')}`,
          }
        },
      },
      ...(deps.publishers
        ? [
            {
              says: 'Keep the keys of publishers',
              async perform() {
                const read = await client.perform('publisher.list', {})
                if (!read.ok) return read
                publisherKeys = read.value.rows.map(({ keyId, key, publisher }) => ({
                  keyId,
                  spkiPem: key,
                  publisher,
                }))
                return { ...read, came: read.value.rows.map(({ publisher }) => publisher).join(', ') }
              },
            },
          ]
        : []),
      {
        says: 'Export the evidence of the case',
        async perform() {
          const logs = known === undefined ? [] : signedLogs(known)
          const made = await performStep('evidence.export', {
            case: deps.case,
            since: [...new Set(logs.map(({ size }) => size))],
          })
          if (!made.ok) return made
          proof = {
            case: deps.case,
            file: new Blob([fromBase64(made.value.bundle)]),
            receipts: made.value.receipts,
            trust: {
              logKeys: known === undefined ? [] : [known.key],
              publisherKeys,
              savedCheckpoints: logs.map(({ checkpoint }) => checkpoint),
              witnessKeys: [],
              witnessesNeeded: 0,
            },
          }
          return { ...made, came: `${count(made.value.receipts, 'receipt')}, ${bytes(made.value.bytes)}` }
        },
      },
      {
        says: 'Start the verifier in this browser',
        async perform() {
          await deps.preload()
          return { ok: true, came: 'from here on the server is not needed' }
        },
      },
    ],
    deps.tell,
  )
  return proof
}

function signedLogs({ logs }: Checkpoints): Checkpoints['logs'] {
  return logs.filter(({ size, checkpoint }) => size > 0 && checkpoint !== '')
}
