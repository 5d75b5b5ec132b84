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

/** The 16 bytes behind an id, as the receipt's entry holds them. */
export function idBytes(id: Id<string>): Uint8Array {
  return Uint8Array.from(Buffer.from(id.slice(id.indexOf('_') + 1), 'hex'))
}

export function idFromBytes<P extends string>(prefix: P, bytes: Uint8Array): Id<P> {
  return `${prefix}_${Buffer.from(bytes).toString('hex')}`
}
