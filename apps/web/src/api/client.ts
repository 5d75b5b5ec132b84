import { createClient } from '@switchboard/api'

/** The typed client of the catalogue. The browser sends its session cookie, which no script can read. */
export const client = createClient({
  baseUrl: location.origin,
  fetch: (input, init) => fetch(input, { ...init, credentials: 'same-origin' }),
})
