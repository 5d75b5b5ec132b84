import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { prepared } from '../kernel/db/index.ts'
import type { Reader, Tx } from '../kernel/db/index.ts'
import type { ReceiptId } from '../kernel/ids.ts'
import { toColumn } from './micros.ts'
import type { Month } from './month.ts'

declare module '../kernel/db/tables.ts' {
  interface Tables {
    finops_budgets: {
      organisation: string
      month: string
      limit_micros: number
      spent_micros: number
      /** The sum of `left_micros` over the month's open reservations. */
      reserved_micros: number
    }
    finops_reservations: {
      id: ReceiptId
      organisation: string
      month: string
      left_micros: number
      reserved_at: number
      closed_at: number | null
      /** What was charged under it so far. */
      charged_micros: number
      /** Of a run that has ended; the others have none of these. */
      package: string | null
      user_id: string | null
      run: string | null
      wall_micros: number | null
    }
  }
}

export interface Account {
  readonly limit: bigint
  readonly spent: bigint
  readonly reserved: bigint
}

/** The account as it is, or as it would be if somebody asked for money now. */
export async function readAccount(
  db: Reader,
  organisation: string,
  month: Month,
  defaultLimit: bigint,
): Promise<Account> {
  const row = await db
    .selectFrom('finops_budgets')
    .select(['limit_micros', 'spent_micros', 'reserved_micros'])
    .where('organisation', '=', organisation)
    .where('month', '=', month)
    .executeTakeFirst()
  if (row === undefined)
    return { limit: await limitFor(db, organisation, month, defaultLimit), spent: 0n, reserved: 0n }
  return toAccount(row)
}

/** Opens the month's account. A new month starts with the limit of the newest one before it. */
export async function openAccount(
  tx: Tx,
  organisation: string,
  month: Month,
  defaultLimit: bigint,
): Promise<void> {
  const [known] = (await accountOpened(tx, { organisation, month })).rows
  if (known !== undefined) return
  const limit = await limitFor(tx, organisation, month, defaultLimit)
  await tx
    .insertInto('finops_budgets')
    .values({ organisation, month, limit_micros: toColumn(limit), spent_micros: 0, reserved_micros: 0 })
    .onConflict((conflict) => conflict.columns(['organisation', 'month']).doNothing())
    .execute()
}

const accountOpened = prepared((tx: Tx, { organisation, month }: { organisation: string; month: Month }) =>
  tx
    .selectFrom('finops_budgets')
    .select('month')
    .where('organisation', '=', organisation)
    .where('month', '=', month),
)

/**
 * Sets money aside if the account has it. One conditional update decides, so that of two that ask for the last of it
 * one gets it: PostgreSQL looks at the row again once the other has committed, SQLite has one writer.
 */
export async function takeFromAccount(
  tx: Tx,
  organisation: string,
  month: Month,
  micros: bigint,
): Promise<boolean> {
  const taken = await take(tx, { organisation, month, amount: toColumn(micros) })
  return taken.numAffectedRows === 1n
}

const take = prepared(
  (tx: Tx, { organisation, month, amount }: { organisation: string; month: Month; amount: number }) =>
    tx
      .updateTable('finops_budgets')
      .set({ reserved_micros: sql<number>`reserved_micros + ${amount}` })
      .where('organisation', '=', organisation)
      .where('month', '=', month)
      .where(sql<number>`limit_micros - spent_micros - reserved_micros`, '>=', amount),
)

/** Reads the account and keeps others from changing it until this transaction ends. */
export async function lockAccount(tx: Tx, organisation: string, month: Month): Promise<Account> {
  // Writing what is there locks the row on both engines; `for update` exists on one.
  const row = await tx
    .updateTable('finops_budgets')
    .set({ spent_micros: sql<number>`spent_micros` })
    .where('organisation', '=', organisation)
    .where('month', '=', month)
    .returning(['limit_micros', 'spent_micros', 'reserved_micros'])
    .executeTakeFirst()
  assert(row, `the account ${organisation} ${month} is open`)
  return toAccount(row)
}

/** Moves `spent` from what was set aside, or from what is free, to what is spent; `released` goes back to what is free. */
export async function bookOnAccount(
  tx: Tx,
  account: { organisation: string; month: Month },
  amounts: { spent: bigint; released: bigint },
): Promise<void> {
  await book(tx, { ...account, spent: toColumn(amounts.spent), released: toColumn(amounts.released) })
}

interface Booking {
  organisation: string
  month: Month
  spent: number
  released: number
}
const book = prepared((tx: Tx, { organisation, month, spent, released }: Booking) =>
  tx
    .updateTable('finops_budgets')
    .set({
      spent_micros: sql<number>`spent_micros + ${spent}`,
      reserved_micros: sql<number>`reserved_micros - ${released}`,
    })
    .where('organisation', '=', organisation)
    .where('month', '=', month),
)

export async function setLimit(tx: Tx, organisation: string, month: Month, limit: bigint): Promise<void> {
  await tx
    .updateTable('finops_budgets')
    .set({ limit_micros: toColumn(limit) })
    .where('organisation', '=', organisation)
    .where('month', '=', month)
    .execute()
}

export async function addReservation(
  tx: Tx,
  reservation: { id: ReceiptId; organisation: string; month: Month; micros: bigint; at: number },
): Promise<void> {
  const { id, organisation, month, micros, at } = reservation
  await insertReservation(tx, { id, organisation, month, left: toColumn(micros), at })
}

interface NewReservation {
  id: ReceiptId
  organisation: string
  month: Month
  left: number
  at: number
}
const insertReservation = prepared((tx: Tx, { id, organisation, month, left, at }: NewReservation) =>
  tx.insertInto('finops_reservations').values({
    id,
    organisation,
    month,
    left_micros: left,
    reserved_at: at,
    closed_at: null,
    charged_micros: 0,
    package: null,
    user_id: null,
    run: null,
    wall_micros: null,
  }),
)

/** What is left of an open reservation, kept from others until this transaction ends; undefined once it is closed. */
export async function lockReservation(
  tx: Tx,
  organisation: string,
  id: ReceiptId,
): Promise<{ month: Month; left: bigint } | undefined> {
  const [row] = (await reservationHeld(tx, { id, organisation })).rows
  // Months are written by monthOf alone.
  return row && { month: row.month as Month, left: BigInt(row.left_micros) }
}

const reservationHeld = prepared((tx: Tx, { id, organisation }: { id: ReceiptId; organisation: string }) =>
  tx
    .updateTable('finops_reservations')
    .set({ left_micros: sql<number>`left_micros` })
    .where('id', '=', id)
    .where('organisation', '=', organisation)
    .where('closed_at', 'is', null)
    .returning(['month', 'left_micros']),
)

export async function drawFromReservation(
  tx: Tx,
  id: ReceiptId,
  change: { left: bigint; charged: bigint; closedAt: number | null },
): Promise<void> {
  const { left, charged, closedAt } = change
  await draw(tx, { id, left: toColumn(left), charged: toColumn(charged), closedAt })
}

interface Draw {
  id: ReceiptId
  left: number
  charged: number
  closedAt: number | null
}
const draw = prepared((tx: Tx, { id, left, charged, closedAt }: Draw) =>
  tx
    .updateTable('finops_reservations')
    .set({
      left_micros: left,
      charged_micros: sql<number>`charged_micros + ${charged}`,
      closed_at: closedAt,
    })
    .where('id', '=', id),
)

/** Says of a closed reservation which run it was for: from then on the run counts in quantiles. */
export async function nameRun(
  tx: Tx,
  of: {
    id: ReceiptId
    package: string
    user: string
    /** Absent for a run that no page shows, such as a replay. */
    run: string | null
    wallMicros: number
  },
): Promise<void> {
  await name(tx, of)
}

const name = prepared((tx: Tx, of: Parameters<typeof nameRun>[1]) =>
  tx
    .updateTable('finops_reservations')
    .set({ package: of.package, user_id: of.user, run: of.run, wall_micros: of.wallMicros })
    .where('id', '=', of.id),
)

async function limitFor(
  db: Reader,
  organisation: string,
  month: Month,
  defaultLimit: bigint,
): Promise<bigint> {
  const before = await db
    .selectFrom('finops_budgets')
    .select('limit_micros')
    .where('organisation', '=', organisation)
    .where('month', '<', month)
    .orderBy('month', 'desc')
    .limit(1)
    .executeTakeFirst()
  return before === undefined ? defaultLimit : BigInt(before.limit_micros)
}

function toAccount(row: { limit_micros: number; spent_micros: number; reserved_micros: number }): Account {
  return {
    limit: BigInt(row.limit_micros),
    spent: BigInt(row.spent_micros),
    reserved: BigInt(row.reserved_micros),
  }
}
