import { createClientOf } from '@switchboard/api'
import { addresses } from 'virtual:addresses'

/** A read is slow after seconds; an effect may be a run with minutes of its own. */
const readLimitMs = 30_000
const effectLimitMs = 300_000

/** The typed client of the catalogue. The browser sends its session cookie, which no script can read. */
export const client = createClientOf((name) => addresses[name], {
  baseUrl: location.origin,
  fetch: (input, init) => fetchWithin(input, { ...init, credentials: 'same-origin' }),
})

let person = new AbortController()

/** What somebody else had asked for and set going ends here: their requests would bear the cookie of whoever came. */
export function dropRequests(): void {
  person.abort(new DOMException('Somebody else uses this browser now.', 'AbortError'))
  person = new AbortController()
}

/** A server that took the request and then says nothing would be waited for without end. */
function fetchWithin(input: RequestInfo | URL, init: RequestInit): Promise<Response> {
  const limit = new AbortController()
  const limitMs = init.method === 'GET' ? readLimitMs : effectLimitMs
  // Left running, for it holds to the last byte of the body; after that there is nothing to abort.
  setTimeout(() => {
    limit.abort(new DOMException(`No whole answer within ${limitMs / 1_000} seconds.`, 'TimeoutError'))
  }, limitMs)
  const signals = [limit.signal, person.signal, ...(init.signal instanceof AbortSignal ? [init.signal] : [])]
  return fetch(input, { ...init, signal: AbortSignal.any(signals) })
}
