import { allow, deny, evidenceDenials } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import { describeReceipt } from './describe-receipt.ts'
import { listReceipts } from './receipt/receipt-store.ts'

const rowsUnlessAsked = 100

export const listReceiptsHandler = handleRead(operationOf('receipt.list'), {
  async run(ctx, { limit = rowsUnlessAsked, cursor, ...filter }) {
    const { from, to } = filter
    if (from !== undefined && to !== undefined && from >= to)
      return deny(evidenceDenials, 'period_invalid', { from, to })
    const rows = await listReceipts(ctx.read, ctx.actor.organisation, {
      ...filter,
      before: cursor,
      limit: limit + 1,
    })
    const page = rows.slice(0, limit)
    ctx.count({ rows: page.length })
    const last = page.at(-1)
    return allow({
      rows: page.map(describeReceipt),
      ...(rows.length > limit && last !== undefined ? { next: last.id } : {}),
    })
  },
})
