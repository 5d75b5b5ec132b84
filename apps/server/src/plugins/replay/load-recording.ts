import { allow, deny, pluginDenials } from '@switchboard/api'
import { sha256Hex } from '../../kernel/canonical.ts'
import type { Reader } from '../../kernel/db/index.ts'
import { maxAnswerBytes } from '../../sandbox/index.ts'
import { unpackText } from './pack-text.ts'
import { parseRecording } from './recording.ts'
import { answersOf } from './recording-store.ts'
import type { RecordingRow } from './recording-store.ts'

/** Of the body: the input is at most as large as a request, and there are at most 10,000 calls. */
export const mostBodyBytes = 32 * 1024 * 1024

/** A piece that does not have the digest under which it was recorded. */
export interface Damage {
  readonly what: string
  readonly expected: string
  readonly actual: string
}

export type LoadedRecording = Extract<Awaited<ReturnType<typeof loadRecording>>, { ok: true }>['value']

/**
 * Unpacks a recording with its answers and holds every piece against its digest. What has another digest is reported
 * and still handed out, so that a replay can show what the change does; what is not there, or is no JSON, is a denial.
 *
 * @param committed SHA-256 of the recording's text, from the run's receipt; undefined where the receipt names none or
 *   can no longer be opened.
 */
export async function loadRecording(
  db: Reader,
  row: RecordingRow & { readonly body: Uint8Array },
  committed: string | undefined,
) {
  const { organisation, run } = row
  const unreadable = (what: string) => deny(pluginDenials, 'recording_damaged', { run, what })
  const damaged: Damage[] = []
  const text = unpackText(row.body, mostBodyBytes)
  if (text === undefined) return unreadable('the recording itself')
  const actual = sha256Hex(text)
  const expected = committed ?? row.sha256
  if (actual !== expected) damaged.push({ what: 'the recording itself', expected, actual })
  const recording = parseRecording(text)
  if (recording === undefined) return unreadable('the recording itself')

  const packed = await answersOf(db, organisation, run)
  const answers = new Map<string, unknown>()
  for (const [at, { method, answer }] of recording.calls.entries()) {
    if (!('sha256' in answer) || answers.has(answer.sha256)) continue
    const what = `answer ${at + 1} (${method})`
    const bytes = packed.get(answer.sha256)
    const json = bytes === undefined ? undefined : unpackText(bytes, maxAnswerBytes)
    if (json === undefined) return unreadable(what)
    const sha256 = sha256Hex(json)
    if (sha256 !== answer.sha256) damaged.push({ what, expected: answer.sha256, actual: sha256 })
    try {
      answers.set(answer.sha256, JSON.parse(json) as unknown)
    } catch {
      return unreadable(what)
    }
  }
  return allow({ recording, answers, damaged })
}
