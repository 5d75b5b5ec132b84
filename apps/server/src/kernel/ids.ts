import { v7 } from 'uuid'

/** `prefix_` and 32 hexadecimal digits of a UUIDv7, so that ids sort by creation. */
export type Id<P extends string> = `${P}_${string}`
export type ReceiptId = Id<'rct'>
export type RunId = Id<'run'>
export type CaseId = Id<'case'>
export type ReviewId = Id<'rev'>
export type UserId = Id<'usr'>
export type OrganisationId = Id<'org'>

export function newId<P extends string>(prefix: P): Id<P> {
  return `${prefix}_${v7().replaceAll('-', '')}`
}
