import { CssBaseline, ThemeProvider } from '@mui/material'
import { MutationCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { ClientFault } from '@switchboard/api'
import { BrowserRouter } from 'react-router'
import { Pages } from './pages.tsx'
import { SessionGate } from './session-gate.tsx'
import { Shell } from './shell.tsx'
import { theme } from './theme.ts'

const queries = new QueryClient({
  mutationCache: new MutationCache(),
  defaultOptions: {
    queries: {
      // A denial is an answer and never asked again by itself; only a server that cannot be reached is.
      retry: (failures, error) => failures < 2 && error instanceof ClientFault && isPassing(error),
      staleTime: 5_000,
      refetchOnWindowFocus: true,
    },
  },
})

function isPassing({ code, status }: ClientFault): boolean {
  return code === 'unreachable' || status === 503
}

export function App() {
  return (
    <ThemeProvider theme={theme} defaultMode="system" noSsr>
      <CssBaseline enableColorScheme />
      <QueryClientProvider client={queries}>
        <BrowserRouter basename="/app">
          <SessionGate>
            <Shell>
              <Pages />
            </Shell>
          </SessionGate>
        </BrowserRouter>
      </QueryClientProvider>
    </ThemeProvider>
  )
}
