import { allow, deny, marketplaceDenials } from '@switchboard/api'
import type { Reader, Tx } from '../kernel/db/index.ts'
import { handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { deleteReview, findReview, putReview } from './code-review-store.ts'
import { readInstalled } from './installed.ts'
import { versionsOf } from './package-store.ts'
import type { CodeReviewRow, PackageRow } from './package-store.ts'
import { readTrust } from './trust.ts'
import type { TrustDeps } from './trust.ts'

/** `plugin.review`: somebody states that they read this version; from then on it may run at every level. */
export function reviewPlugin(deps: Pick<TrustDeps, 'hasOther'>): Registration {
  return handleWrite(operationOf('plugin.review'), {
    async resource(ctx, { id, version }) {
      const { organisation, user } = ctx.actor
      const found = await findVersion(ctx.read, organisation, id, version)
      if (!found.ok) return found
      const row = found.value
      ctx.subject({ package: id, version: row.version, digest: row.digest })
      return allow({
        type: 'Version',
        id: `${id} ${row.version}`,
        organisation,
        attributes: {
          own: row.added_by === user,
          others: await deps.hasOther(ctx.read, organisation, user, ['administrator', 'reviewer']),
        },
      } as const)
    },
    async run(ctx, { id, version, digest, note }) {
      const { organisation, user, name } = ctx.actor
      const found = await findVersion(ctx.tx, organisation, id, version)
      if (!found.ok) return found
      const row = found.value
      if (row.kind !== 'plugin')
        return deny(marketplaceDenials, 'kind_mismatch', { package: id, kind: row.kind, wanted: 'plugin' })
      if (digest !== undefined && digest !== row.digest) {
        return deny(marketplaceDenials, 'review_digest_differs', {
          package: id,
          version: row.version,
          digest: row.digest,
          read: digest,
        })
      }
      ctx.subject({ package: id, version: row.version, digest: row.digest })
      const review: CodeReviewRow = {
        organisation,
        name: id,
        version: row.version,
        digest: row.digest,
        reviewed_by: user,
        reviewed_by_name: name,
        note,
        reviewed_at: ctx.at,
      }
      await putReview(ctx.tx, review)
      return allow(reviewView(review))
    },
  })
}

/** `plugin.unreview`: anybody who may review may say that a review no longer stands; a brake needs no second person. */
export function unreviewPlugin(deps: Pick<TrustDeps, 'neededLevel'>): Registration {
  return handleWrite(operationOf('plugin.unreview'), {
    async run(ctx, { id, version }) {
      const { organisation } = ctx.actor
      const found = await findVersion(ctx.tx, organisation, id, version)
      if (!found.ok) return found
      const row = found.value
      ctx.subject({ package: id, version: row.version, digest: row.digest })
      if (!(await deleteReview(ctx.tx, organisation, row.digest)))
        return deny(marketplaceDenials, 'not_reviewed', { package: id, version: row.version })
      const neededLevel = deps.neededLevel((await readTrust(ctx.tx, organisation))(row))
      return allow({ package: id, version: row.version, digest: row.digest, neededLevel })
    },
  })
}

/** The version that is meant: the one named, else the one installed, else the newest. */
async function findVersion(db: Reader | Tx, organisation: string, id: string, version: string | undefined) {
  const versions = await versionsOf(db, organisation, id)
  const wanted = version ?? (await readInstalled(db, organisation, id))?.version ?? versions.at(-1)?.version
  const row: PackageRow | undefined = versions.find((candidate) => candidate.version === wanted)
  return row === undefined
    ? deny(marketplaceDenials, 'package_unknown', {
        package: id,
        ...(version === undefined ? {} : { version }),
      })
    : allow(row)
}

export async function reviewOf(db: Reader, organisation: string, digest: string) {
  const row = await findReview(db, organisation, digest)
  return row === undefined ? null : reviewView(row)
}

function reviewView(row: CodeReviewRow) {
  return {
    package: row.name,
    version: row.version,
    digest: row.digest,
    by: row.reviewed_by_name,
    at: row.reviewed_at,
    note: row.note,
  }
}
