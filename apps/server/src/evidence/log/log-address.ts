import { Fault } from '../../kernel/fault.ts'
import { retentionClasses } from './retention-class.ts'
import type { RetentionClass } from './retention-class.ts'

const shape = new RegExp(`^[0-9a-f]{8}/(?:${retentionClasses.join('|')})$`)

/**
 * Where a log's checkpoint and tiles lie, in files and over HTTP: `logs/5f3e9a01/short`, or the empty text for a log from
 * before there was one for each organisation, which keeps its place.
 *
 * @throws {Fault} `log_checkpoint_invalid` for the origin of a log that is not this key's: no path is made of it.
 */
export function addressOf(keyName: string, origin: string): string {
  if (origin === keyName) return ''
  const below = origin.slice(keyName.length + 1)
  if (origin.startsWith(`${keyName}/`) && shape.test(below)) return `logs/${below}`
  throw new Fault(
    'log_checkpoint_invalid',
    `The store names the log ${JSON.stringify(origin)}, which is none that the key ${keyName} may sign for (origin).` +
      ' Use the key and the name that this log began with.',
    { retryable: false },
  )
}

export function originOf(keyName: string, hex8: string, retention: RetentionClass): string {
  return `${keyName}/${hex8}/${retention}`
}

/** @returns undefined for what is no address that a log can have. */
export function originAt(keyName: string, address: string): string | undefined {
  if (address === '') return keyName
  return address.startsWith('logs/') && shape.test(address.slice('logs/'.length))
    ? `${keyName}/${address.slice('logs/'.length)}`
    : undefined
}
