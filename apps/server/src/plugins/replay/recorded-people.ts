import { maxAnswerBytes } from '../../sandbox/index.ts'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import { foundIn, holdsText, nothingThere } from '../../kernel/subject-place.ts'
import type { SubjectPlace } from '../../kernel/subject-place.ts'
import { mostBodyBytes } from './load-recording.ts'
import { unpackText } from './pack-text.ts'
import { eraseRecordings } from './recording-store.ts'

const pageRows = 100

/** Recordings of runs: packed, so each is unpacked to look into it. One that names the person goes whole. */
export const recordingsPlace: SubjectPlace = {
  place: 'recordings of runs',
  columns: {},
  async find(db, organisation, subject) {
    if (subject.kind === 'user') return nothingThere
    return foundIn(await recordingsWith(db, organisation, subject.text))
  },
  async erase(tx: Tx, organisation, subject) {
    if (subject.kind === 'user') return 0
    const found = await recordingsWith(tx, organisation, subject.text)
    for (const { id } of found) await eraseRecordings(tx, organisation, { run: id })
    return found.length
  },
}

async function recordingsWith(db: Reader | Tx, organisation: string, text: string) {
  const runs = new Map<string, string | null>()
  for (let after = ''; ;) {
    const page = await db
      .selectFrom('run_recordings')
      .select(['run', 'case_id', 'body'])
      .where('organisation', '=', organisation)
      .where('run', '>', after)
      .orderBy('run')
      .limit(pageRows)
      .execute()
    for (const { run, case_id, body } of page)
      // What does not unpack can be shown to nobody, and is taken to hold anything.
      if (body !== null && holdsText(unpackText(body, mostBodyBytes) ?? text, text)) runs.set(run, case_id)
    const last = page.at(-1)
    if (last === undefined) break
    after = last.run
  }
  for (let after = ''; ;) {
    const page = await db
      .selectFrom('recorded_answers')
      .select(['sha256', 'content'])
      .where('organisation', '=', organisation)
      .where('sha256', '>', after)
      .orderBy('sha256')
      .limit(pageRows)
      .execute()
    const holding = page.filter(({ content }) => holdsText(unpackText(content, maxAnswerBytes) ?? text, text))
    if (holding.length > 0) {
      const uses = await db
        .selectFrom('recorded_answer_uses')
        .innerJoin('run_recordings', (join) =>
          join
            .onRef('run_recordings.run', '=', 'recorded_answer_uses.run')
            .onRef('run_recordings.organisation', '=', 'recorded_answer_uses.organisation'),
        )
        .select(['run_recordings.run', 'run_recordings.case_id'])
        .where('recorded_answer_uses.organisation', '=', organisation)
        .where(
          'recorded_answer_uses.sha256',
          'in',
          holding.map(({ sha256 }) => sha256),
        )
        .execute()
      for (const { run, case_id } of uses) runs.set(run, case_id)
    }
    const last = page.at(-1)
    if (last === undefined) break
    after = last.sha256
  }
  return [...runs].map(([id, case_id]) => ({ id, case_id }))
}
