import { lazy, Suspense } from 'react'
import { Route, Routes } from 'react-router'
import { PageSkeleton } from '../parts/page-skeleton.tsx'
import { NotFoundPage } from './not-found-page.tsx'

// One file of code per area: the first screen loads what it shows.
const StartPage = lazy(async () => ({
  default: (await import('../features/start/start-page.tsx')).StartPage,
}))
const OperationPage = lazy(async () => ({
  default: (await import('../features/operations/operation-page.tsx')).OperationPage,
}))
const VerifyPage = lazy(async () => ({
  default: (await import('../features/evidence/verify-page.tsx')).VerifyPage,
}))

export function Pages() {
  return (
    <Suspense fallback={<PageSkeleton />}>
      <Routes>
        <Route path="/" element={<StartPage />} />
        <Route path="/do/:operation" element={<OperationPage />} />
        <Route path="/evidence/verify" element={<VerifyPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </Suspense>
  )
}
