import { focusManager, QueryClient } from '@tanstack/react-query'
import { ClientFault } from '@switchboard/api'

const mostRetries = 2

// Another window beside this one is no hidden tab, so being visible is not enough of a sign: what has changed there is
// asked for when somebody comes back.
focusManager.setEventListener((onFocus) => {
  const changed = () => onFocus()
  window.addEventListener('visibilitychange', changed)
  window.addEventListener('focus', changed)
  return () => {
    window.removeEventListener('visibilitychange', changed)
    window.removeEventListener('focus', changed)
  }
})

/** What one person has read. Somebody else gets another one, so that nothing of theirs is left. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A denial is an answer and never asked again by itself; only a server that cannot be reached is.
        retry: (failures, error) =>
          failures < mostRetries && error instanceof ClientFault && isPassing(error),
        staleTime: 5_000,
        refetchOnWindowFocus: 'always',
        refetchOnReconnect: 'always',
        // A server on this very machine answers without any network, and one that does not is said not to.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
}

function isPassing({ code, status }: ClientFault): boolean {
  return code === 'unreachable' || code === 'cut_off' || [502, 503, 504].includes(status ?? 0)
}
