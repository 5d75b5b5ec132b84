import { lookup } from 'node:dns/promises'
import type { Socket } from 'node:net'
import { createSecureContext, getCACertificates } from 'node:tls'
import { deny, netDenials } from '@switchboard/api'
import type { Destination } from '@switchboard/api'
import { buildConnector, Client } from 'undici'
import { rangeOf } from './address-range.ts'
import { createLanes } from './lanes.ts'
import type { OutboundLimits } from './limits.ts'
import type { OpenDestinations } from './open-destinations.ts'
import type { Proxy } from './way-out.ts'
import { reasonOf, Stopped, unreachable } from './stopped.ts'

/** Every address of a name, or none. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** What the system says: its hosts file, its servers, in its order. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address)

export interface ReachDeps {
  readonly resolve: Resolve
  readonly open: OpenDestinations
  readonly proxy?: Proxy
  /** PEM; besides the CAs that Node trusts. */
  readonly ca?: string
  /** PEM; instead of all others. */
  readonly onlyCa?: string
  readonly limits: OutboundLimits
  /** Where several ways out share what an organisation may look up at once. */
  readonly turns?: ReturnType<typeof createLanes>
}

/** Connects to a destination: resolves its name once, checks every address, and connects to one of those checked. */
export type Reach = (
  destination: Destination,
  asked: { readonly organisation: string; readonly signal: AbortSignal },
) => Promise<Socket>

/** Between the check and the connection no name is asked for again, so that an answer cannot change in between. */
export function createReach(deps: ReachDeps): Reach {
  const connector = buildConnector({
    timeout: deps.limits.connectMs,
    // A session resumed would tie one tenant's connection to another's.
    maxCachedSessions: 0,
    // Said, not assumed: an environment variable can turn the default off for the whole process.
    rejectUnauthorized: true,
    // Made once: reading the 150 public CAs again for each connection took longer than all the rest of it.
    secureContext: createSecureContext({
      minVersion: 'TLSv1.2',
      ...(deps.ca === undefined ? {} : { ca: [...getCACertificates('default'), deps.ca] }),
      ...(deps.onlyCa === undefined ? {} : { ca: [deps.onlyCa] }),
    }),
  })

  /**
   * The system's look-ups share two threads of this process, and one for a name whose servers stay silent holds its thread
   * after nobody waits for it any more. So each organisation has one at a time, and gives it back when it has really ended.
   */
  const turns = deps.turns ?? createLanes({ atOnce: 1, waiting: deps.limits.waitingLookups })

  async function addressesOf(host: string, organisation: string, signal: AbortSignal) {
    const leave = await turns.enter(organisation, signal)
    if (typeof leave !== 'function') throw unreachable(host, 'connect_timeout')
    return await abortable(deps.resolve(host).finally(leave), signal)
  }

  function connect(options: Parameters<typeof connector>[0]): Promise<Socket> {
    return new Promise((resolve, reject) => {
      connector(options, (error, socket) => {
        if (error !== null) reject(error)
        else resolve(socket)
      })
    })
  }

  async function checkedAddresses(
    destination: Destination,
    organisation: string,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { host } = destination
    const addresses = await addressesOf(host, organisation, signal)
    if (addresses.length === 0) throw unreachable(host, 'name_unknown')
    const isOpen = deps.open.has(destination)
    for (const address of addresses) {
      const range = rangeOf(address)
      if (range === 'public' || (isOpen && (range === 'private' || range === 'loopback'))) continue
      // One address that must not be reached spoils the name: a list that mixes them is how rebinding begins.
      throw new Stopped(deny(netDenials, 'net_address_refused', { host, range }).denial)
    }
    return addresses
  }

  return async (destination, { organisation, signal: outer }) => {
    const { host, port, scheme } = destination
    const deadline = AbortSignal.timeout(deps.limits.connectMs)
    const signal = AbortSignal.any([outer, deadline])
    // What the operator opened is inside; the proxy is the way outside.
    const proxy = deps.open.has(destination) ? undefined : deps.proxy
    try {
      const addresses =
        proxy?.resolves === true ? [host] : await checkedAddresses(destination, organisation, signal)
      const target = { protocol: `${scheme}:`, host, port: String(port), servername: host }
      let last: unknown
      for (const address of addresses.slice(0, mostAttempts)) {
        signal.throwIfAborted()
        try {
          if (proxy === undefined)
            return await abortable(connect({ ...target, hostname: address }), signal, destroy)
          const tunnel = await openTunnel(proxy, address, { destination, signal, connector })
          return await abortable(
            connect({ ...target, hostname: address, httpSocket: tunnel }),
            signal,
            destroy,
          )
        } catch (error) {
          // A proxy that refuses once would refuse each of them, and lock the account that it was shown.
          if (error instanceof Stopped) throw error
          last = error
        }
      }
      throw last
    } catch (error) {
      if (error instanceof Stopped || outer.aborted) throw error
      throw unreachable(host, deadline.aborted ? 'connect_timeout' : reasonOf(error))
    }
  }
}

/** Of the addresses of a name: whoever has more has one that answers among the first. */
const mostAttempts = 4

/** CONNECT, by the HTTP library; what comes back is the bare connection. */
async function openTunnel(
  proxy: Proxy,
  address: string,
  {
    destination,
    signal,
    connector,
  }: { destination: Destination; signal: AbortSignal; connector: buildConnector.connector },
): Promise<Socket> {
  const authority = `${address.includes(':') ? `[${address}]` : address}:${destination.port}`
  const client = new Client(proxy.origin, { connect: connector })
  try {
    const { statusCode, socket } = await client.connect({
      path: authority,
      signal,
      headers: {
        host: authority,
        ...(proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }),
      },
    })
    if (statusCode >= 200 && statusCode < 300) return socket as Socket
    socket.destroy()
  } catch (error) {
    if (signal.aborted) throw error
    // Whatever ails the proxy, the person must know that it is the proxy.
  } finally {
    void client.close()
  }
  throw unreachable(destination.host, 'proxy')
}

function destroy(socket: Socket): void {
  socket.destroy()
}

/** Ends the wait when the signal does; what comes too late is put away. */
function abortable<T>(work: Promise<T>, signal: AbortSignal, late?: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error)
      // Whatever becomes of it: a refusal that nobody hears would end the process.
      work.then(late, () => undefined)
    }
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
