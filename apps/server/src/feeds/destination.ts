import { X509Certificate } from 'node:crypto'
import { allow, deny, feedDenials, readDestination } from '@switchboard/api'
import type { Destination } from '@switchboard/api'
import { Fault } from '../kernel/fault.ts'
import { variableOf } from '../kernel/config.ts'
import type { FeedKind } from './feed-store.ts'

const syslogPort = 6514

/** What the operator opened for feeds: nothing but this is ever sent to. */
export interface OpenedDestinations {
  /** Named one by one: private and loopback addresses may stand behind these. */
  has(kind: FeedKind, destination: Pick<Destination, 'host' | 'port'>): boolean
  /** Whether an https address outside may be sent to that nobody named. */
  readonly public: boolean
}

/**
 * Reads SWITCHBOARD_FEED_DESTINATIONS: `https://siem.corp.example:8088, syslog://logs.corp.example:6514, public`. Each entry
 * opens exactly this host and port; `public` opens https on port 443 at public addresses.
 *
 * @throws {Fault} `config_invalid`, naming the entry.
 */
export function readOpenedDestinations(setting: string): OpenedDestinations {
  const opened = new Set<string>()
  let isPublic = false
  for (const entry of setting
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')) {
    if (entry === 'public') {
      isPublic = true
      continue
    }
    const isSyslog = entry.startsWith('syslog://')
    const read = isSyslog ? readSyslog(entry.slice('syslog://'.length)) : readWebhook(entry)
    const rule = 'rule' in read ? read.rule : read.url.pathname === '/' ? undefined : 'has a path'
    if (rule !== undefined || 'rule' in read)
      throw new Fault('config_invalid', `Configuration: feedDestinations names "${entry}", which ${rule}.`, {
        retryable: false,
      })
    opened.add(nameOf(isSyslog ? 'syslog' : 'webhook', read))
  }
  return { has: (kind, destination) => opened.has(nameOf(kind, destination)), public: isPublic }
}

/** Where a feed sends to, when it may; both kinds are TLS to a host by name. */
export function readFeedDestination(kind: FeedKind, to: string, opened: OpenedDestinations) {
  const read = kind === 'webhook' ? readWebhook(to) : readSyslog(to)
  if ('rule' in read) return deny(feedDenials, 'feed_destination_invalid', { to: shown(to), rule: read.rule })
  if (!isOpened(kind, read, opened))
    return deny(feedDenials, 'feed_destination_closed', {
      to: nameOf(kind, read),
      setting: variableOf('feedDestinations'),
    })
  return allow(read)
}

export function isOpened(kind: FeedKind, destination: Destination, opened: OpenedDestinations): boolean {
  return opened.has(kind, destination) || (kind === 'webhook' && opened.public && destination.port === 443)
}

function readWebhook(text: string): Destination | { readonly rule: string } {
  const read = readDestination(text)
  if ('rule' in read) return read
  return read.scheme === 'https' ? read : { rule: 'must begin with https://' }
}

/** `host` or `host:port`; read as an address of https, which has the same rules for both. */
function readSyslog(text: string): Destination | { readonly rule: string } {
  if (!/^[^/?#@]+$/.test(text)) return { rule: 'must be HOST or HOST:PORT' }
  const named = /:\d+$/.test(text) ? text : `${text}:${syslogPort}`
  return readDestination(`https://${named}/`)
}

/** As the setting names it, the port always there. */
function nameOf(kind: FeedKind, { host, port }: Pick<Destination, 'host' | 'port'>): string {
  return `${kind === 'webhook' ? 'https' : 'syslog'}://${host}:${port}`
}

const shown = (text: string): string => text.toWellFormed().slice(0, 200)

/** A destination as receipts and lists show it: what is behind the host may be a secret of the receiver's. */
export function shownDestination({ kind, destination }: { kind: FeedKind; destination: string }): string {
  if (kind === 'syslog') return destination
  const { origin, pathname, search } = new URL(destination)
  return pathname === '/' && search === '' ? origin : `${origin}/…`
}

/** What is wrong with the CAs that somebody gave; undefined when nothing is. */
export function caProblem(pem: string): string | undefined {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (certificates.length === 0) return 'holds no certificate in PEM'
  try {
    return certificates.every((one) => new X509Certificate(one).ca)
      ? undefined
      : 'holds a certificate that is not one of a CA'
  } catch {
    return 'holds a certificate that cannot be read'
  }
}
