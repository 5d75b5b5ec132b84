import { Suspense } from 'react'
import type { ComponentType } from 'react'
import { matchPath, Route, Routes } from 'react-router'
import { PageSkeleton } from '../parts/page-skeleton.tsx'
import { NotFoundPage } from './not-found-page.tsx'
import { screen } from './screen.tsx'

/** Every address, and the file of code behind it: the first screen loads what it shows, and nothing else. */
const screens: readonly (readonly [path: string, load: () => Promise<ComponentType>])[] = [
  ['/', async () => (await import('../features/start/start-page.tsx')).StartPage],
  ['/plugins/:id/run', async () => (await import('../features/runs/run-form-page.tsx')).RunFormPage],
  ['/runs', async () => (await import('../features/runs/runs-page.tsx')).RunsPage],
  ['/runs/:id', async () => (await import('../features/runs/run-page.tsx')).RunPage],
  ['/plugins', async () => (await import('../features/plugins/catalogue-page.tsx')).CataloguePage],
  ['/plugins/:id', async () => (await import('../features/plugins/plugin-page.tsx')).PluginPage],
  ['/do/:operation', async () => (await import('../features/operations/operation-page.tsx')).OperationPage],
  ['/cases', async () => (await import('../features/cases/cases-page.tsx')).CasesPage],
  ['/cases/:id', async () => (await import('../features/cases/case-page.tsx')).CasePage],
  ['/graph', async () => (await import('../features/graph/graph-page.tsx')).GraphPage],
  ['/graph/entities/:id', async () => (await import('../features/graph/entity-page.tsx')).EntityPage],
  ['/evidence', async () => (await import('../features/evidence/receipts-page.tsx')).ReceiptsPage],
  ['/evidence/logs', async () => (await import('../features/evidence/logs-page.tsx')).LogsPage],
  ['/evidence/receipts/:id', async () => (await import('../features/evidence/receipt-page.tsx')).ReceiptPage],
  ['/evidence/bundle', async () => (await import('../features/evidence/bundle-page.tsx')).BundlePage],
  ['/evidence/verify', async () => (await import('../features/evidence/verify-page.tsx')).VerifyPage],
  ['/reviews', async () => (await import('../features/reviews/reviews-page.tsx')).ReviewsPage],
  ['/reviews/:id', async () => (await import('../features/reviews/review-page.tsx')).ReviewPage],
  ['/costs', async () => (await import('../features/costs/costs-page.tsx')).CostsPage],
  ['/people', async () => (await import('../features/people/people-page.tsx')).PeoplePage],
  ['/tokens', async () => (await import('../features/people/tokens-page.tsx')).TokensPage],
  ['/policy', async () => (await import('../features/policy/policy-page.tsx')).PolicyPage],
]
const pages = screens.map(([path, load]) => ({ path, Screen: screen(load) }))

// What the address shows is loaded while it is asked who is there, not after that.
const { pathname } = location
pages.find(({ path }) => matchPath(`/app${path}`, pathname) !== null)?.Screen.begin()

export function Pages() {
  return (
    <Suspense fallback={<PageSkeleton />}>
      <Routes>
        {pages.map(({ path, Screen }) => (
          <Route key={path} path={path} element={<Screen />} />
        ))}
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </Suspense>
  )
}
