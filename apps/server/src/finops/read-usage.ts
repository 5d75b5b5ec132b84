import { allow } from '@switchboard/api'
import type { Reader } from '../kernel/db/index.ts'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { createKeptFigures } from './kept-figures.ts'
import { readMeters } from './meter-store.ts'
import { monthOf } from './month.ts'
import type { Month } from './month.ts'
import { dearestRuns, readRunFigures } from './run-figures.ts'
import type { RunFigures } from './run-figures.ts'

/** What a user is called now; identity answers, through `compose`. */
export type NameOf = (db: Reader, organisation: string, user: string) => Promise<string | undefined>

export function usageRead(nameOf: NameOf): Registration {
  const figuresOf = createKeptFigures()
  return handleRead(operationOf('usage.read'), {
    async run(ctx, input) {
      const { organisation } = ctx.actor
      // The schema holds a given month to the form of ours.
      const month = (input.month as Month | undefined) ?? monthOf(ctx.at)
      const by = input.by ?? 'package'
      const meters = await readMeters(ctx.read, organisation, month, by)
      const figures = await figuresOf(`${organisation} ${month} ${by}`, () =>
        readRunFigures(ctx.read, organisation, month, by),
      )
      ctx.count({ rows: meters.length })
      const rows = []
      for (const meter of meters) {
        const name = by === 'user' ? await nameOf(ctx.read, organisation, meter.key) : undefined
        rows.push({
          ...meter,
          name: name ?? meter.key,
          costMicros: String(meter.costMicros),
          perRun: shown(figures.get(meter.key)),
        })
      }
      return allow({ month, rows })
    },
  })
}

export function usageRuns(nameOf: NameOf): Registration {
  return handleRead(operationOf('usage.runs'), {
    async run(ctx, input) {
      const { organisation } = ctx.actor
      const month = (input.month as Month | undefined) ?? monthOf(ctx.at)
      const { package: of, user, limit = 20 } = input
      const runs = await dearestRuns(ctx.read, organisation, month, { package: of, user, limit })
      ctx.count({ rows: runs.length })
      const names = new Map<string, string>()
      for (const run of runs)
        if (!names.has(run.user))
          names.set(run.user, (await nameOf(ctx.read, organisation, run.user)) ?? run.user)
      return allow({
        month,
        rows: runs.map((run) => ({
          ...run,
          name: names.get(run.user) ?? run.user,
          costMicros: String(run.costMicros),
        })),
      })
    },
  })
}

function shown(figures: RunFigures | undefined) {
  if (figures === undefined) return null
  const { runs, costMicros, wallMicros } = figures
  return {
    runs,
    costMicros: { p50: String(costMicros.p50), p95: String(costMicros.p95) },
    wallMicros,
  }
}
