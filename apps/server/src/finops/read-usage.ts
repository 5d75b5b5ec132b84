import { allow } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import { readMeters } from './meter-store.ts'
import { monthOf } from './month.ts'
import type { Month } from './month.ts'

export const usageRead = handleRead(operationOf('usage.read'), {
  async run(ctx, input) {
    // The schema holds a given month to the form of ours.
    const month = (input.month as Month | undefined) ?? monthOf(ctx.at)
    const meters = await readMeters(ctx.read, ctx.actor.organisation, month, input.by ?? 'package')
    ctx.count({ rows: meters.length })
    return allow({ month, rows: meters.map((meter) => ({ ...meter, costMicros: String(meter.costMicros) })) })
  },
})
