import { CssBaseline, ThemeProvider } from '@mui/material'
import { QueryClientProvider } from '@tanstack/react-query'
import { useState } from 'react'
import { BrowserRouter } from 'react-router'
import { createQueries } from '../api/queries.ts'
import { Pages } from './pages.tsx'
import { PageBoundary } from './page-boundary.tsx'
import { SessionGate } from './session-gate.tsx'
import { Shell } from './shell.tsx'
import { theme } from './theme.ts'

export function App() {
  const [queries] = useState(createQueries)
  return (
    <ThemeProvider theme={theme} defaultMode="system" noSsr>
      <CssBaseline enableColorScheme />
      <PageBoundary place="">
        <QueryClientProvider client={queries}>
          <BrowserRouter basename="/app">
            <SessionGate>
              <Shell>
                <Pages />
              </Shell>
            </SessionGate>
          </BrowserRouter>
        </QueryClientProvider>
      </PageBoundary>
    </ThemeProvider>
  )
}
