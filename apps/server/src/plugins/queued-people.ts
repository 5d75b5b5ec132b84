import { sql } from 'kysely'
import type { Reader, Tx } from '../kernel/db/index.ts'
import { containsText, foundIn, nothingThere } from '../kernel/subject-place.ts'
import type { SubjectPlace } from '../kernel/subject-place.ts'
import { runJobKind } from './submit-run.ts'
import type { RunJob } from './submit-run.ts'

/** Runs that wait for a worker, and those that no worker could perform: their input lies in the queue as well. */
export const queuePlace: SubjectPlace = {
  place: 'queued runs',
  columns: { jobs: ['payload'] },
  async find(db, organisation, subject) {
    if (subject.kind === 'user') return nothingThere
    const jobs = await jobsWith(db, organisation, subject.text)
    return foundIn(jobs.map(({ job }) => ({ id: job.input.run, case_id: job.input.case ?? null })))
  },
  async erase(tx: Tx, organisation, subject) {
    if (subject.kind === 'user') return 0
    const jobs = await jobsWith(tx, organisation, subject.text)
    for (const { id, job } of jobs) {
      await tx.deleteFrom('jobs').where('id', '=', id).execute()
      await tx
        .updateTable('runs')
        .set({ state: 'cancelled' })
        .where('organisation', '=', organisation)
        .where('id', '=', job.input.run)
        .where('state', '=', 'queued')
        .execute()
    }
    return jobs.length
  },
}

async function jobsWith(db: Reader | Tx, organisation: string, text: string) {
  const rows = await db
    .selectFrom('jobs')
    .select(['id', 'payload'])
    .where('kind', '=', runJobKind)
    .where(containsText('payload', text))
    .where(sql<boolean>`payload like ${`%${organisation}%`}`)
    .execute()
  return (
    rows
      // Enqueued by us with exactly these members.
      .map(({ id, payload }) => ({ id, job: JSON.parse(payload) as RunJob }))
      .filter(({ job }) => job.organisation === organisation)
  )
}
