import { allow, deny, identityDenials, subjectDenials } from '@switchboard/api'
import { holdsOn, keepHoldsAsTheyAre, refuseHeld } from '../evidence/index.ts'
import { wordsIn } from '../kernel/db/index.ts'
import type { Reader } from '../kernel/db/index.ts'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Context, Registration } from '../kernel/handler.ts'
import type { OrganisationId, UserId } from '../kernel/ids.ts'
import type { PreparedErasure, Subject, SubjectPlace } from '../kernel/subject-place.ts'

interface Asked {
  readonly user?: string
  readonly text?: string
}

const fewestLetters = 3

/** What no operation of this server reaches. Said each time, so that nobody takes "erased" for more than it is. */
const beyond = [
  {
    where: 'backups',
    says: 'Copies of the data folder or of the database from before still hold the person: after restoring one, erase again.',
  },
  {
    where: 'bundles and feeds',
    says: 'What was exported or sent to others lies with them: a holder closes parts of a bundle with switchboard evidence redact.',
  },
  {
    where: "the server's log",
    says: 'Lines on standard error name users by id alone; where they are kept is the matter of whoever keeps them.',
  },
] as const

/** `subject.report` and `subject.erase`. */
export function subjectOperations(deps: {
  readonly places: readonly SubjectPlace[]
  readonly findUser: (
    db: Reader,
    organisation: OrganisationId,
    user: UserId,
  ) => Promise<{ readonly name: string; readonly active: boolean } | undefined>
  /** Empties what is kept beside the rows: answers of hosts in memory, of the whole organisation, and pages that were freed. */
  readonly forgetTraces: (organisation: OrganisationId) => void
}): readonly Registration[] {
  const { places, findUser } = deps

  async function subjectOf(ctx: Context, db: Reader, { user, text }: Asked) {
    if ((user === undefined) === (text === undefined)) {
      const given = user === undefined ? 'neither a user nor a text' : 'a user and a text'
      return deny(subjectDenials, 'subject_unclear', { given })
    }
    if (text !== undefined) {
      if (wordsIn(text).trim().length < fewestLetters) return deny(subjectDenials, 'subject_vague', { text })
      const subject: Subject = { kind: 'text', text }
      return allow({ subject, active: false })
    }
    // The schema checked the form; whether it is anybody's id, the store says.
    const id = user as UserId
    const found = await findUser(db, ctx.actor.organisation, id)
    if (found === undefined) return deny(identityDenials, 'user_unknown', { user: id })
    const subject: Subject = { kind: 'user', user: id, name: found.name }
    return allow({ subject, active: found.active })
  }

  async function search(db: Reader, organisation: string, subject: Subject) {
    const found = await Promise.all(
      places.map(async ({ place, find }) => ({ place, ...(await find(db, organisation, subject)) })),
    )
    const there = found.filter(({ count }) => count > 0)
    const cases = [...new Set(there.flatMap((each) => each.cases))]
    const rows = there.reduce((sum, { count }) => sum + count, 0)
    return { there, rows, holds: await holdsOn(db, organisation, cases) }
  }

  const report = handleRead(operationOf('subject.report'), {
    async run(ctx, input) {
      const asked = await subjectOf(ctx, ctx.read, input)
      if (!asked.ok) return asked
      const { there, rows, holds } = await search(ctx.read, ctx.actor.organisation, asked.value.subject)
      ctx.count({ rows: there.length })
      return allow({
        rows,
        places: there.map(({ place, count, ids }) => ({ place, count, ids: [...ids] })),
        heldBy: holds.map((hold) => ({ hold: hold.id, case: hold.case_id })),
        beyond: [...beyond],
      })
    },
  })

  const erase = handleWrite(operationOf('subject.erase'), {
    // Before the decision: nobody is asked to approve what will be refused anyhow.
    async resource(ctx, input) {
      const refused = await refusalOf(ctx, ctx.read, input)
      const { organisation } = ctx.actor
      return refused ?? allow({ type: 'Organisation', id: organisation, organisation } as const)
    },
    async prepare(ctx, input) {
      const { organisation } = ctx.actor
      const asked = await subjectOf(ctx, ctx.read, input)
      if (!asked.ok) return asked
      const prepared = new Map<string, PreparedErasure>()
      for (const { place, prepare } of places) {
        if (prepare !== undefined)
          prepared.set(place, await prepare(ctx.read, organisation, asked.value.subject))
      }
      return allow(prepared)
    },
    async run(ctx, input, prepared) {
      const { organisation } = ctx.actor
      await keepHoldsAsTheyAre(ctx.tx, organisation)
      const refused = await refusalOf(ctx, ctx.tx, input)
      if (refused !== undefined) return refused
      const asked = await subjectOf(ctx, ctx.tx, input)
      if (!asked.ok) return asked
      if (input.user !== undefined) ctx.subject({ target: input.user })
      const erased: { place: string; count: number }[] = []
      for (const { place, erase: eraseThere } of places) {
        const ahead = (await prepared.get(place)?.apply(ctx.tx)) ?? 0
        const count = ahead + (await eraseThere(ctx.tx, organisation, asked.value.subject))
        if (count > 0) erased.push({ place, count })
      }
      ctx.count({ rows: erased.reduce((sum, { count }) => sum + count, 0) })
      ctx.afterCommit(() => {
        for (const { finish } of prepared.values()) finish()
        deps.forgetTraces(organisation)
      })
      return allow({ erased, at: ctx.at, beyond: [...beyond] })
    },
  })

  /** Why nothing is erased; undefined when nothing is in the way. */
  async function refusalOf(ctx: Context, db: Reader, input: Asked & { readonly rows: number }) {
    const asked = await subjectOf(ctx, db, input)
    if (!asked.ok) return asked
    if (asked.value.active) return deny(subjectDenials, 'subject_active', { user: input.user ?? '' })
    const { rows, holds } = await search(db, ctx.actor.organisation, asked.value.subject)
    if (holds.length > 0) return refuseHeld(holds)
    if (rows === 0) return deny(subjectDenials, 'subject_absent', {})
    return rows === input.rows
      ? undefined
      : deny(subjectDenials, 'subject_differs', { rows: input.rows, found: rows })
  }

  return [report, erase]
}
