import { Alert } from '@mui/material'
import { useSearchParams } from 'react-router'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Page } from '../../parts/page.tsx'
import { BundleExport } from './bundle-export.tsx'
import { BundlePreview } from './bundle-preview.tsx'
import { readBundle } from './bundle-request.ts'
import { BundleScope } from './bundle-scope.tsx'
import { EvidenceNav } from './evidence-nav.tsx'
import { ParkedExport } from './parked-export.tsx'

/** Builds a bundle: what it is about, what a reader of it will see, and then the file. All but the file is in the address. */
export function BundlePage() {
  const [address] = useSearchParams()
  const { kind, scope, input, problems } = readBundle(address)
  const review = address.get('review') ?? ''
  return (
    <Page
      title="Bundle"
      lead="Receipts, documents and one proof for all of them, in a file that anybody can verify without this server."
    >
      <EvidenceNav />
      {/^rev_[0-9a-f]{32}$/.test(review) ? <ParkedExport id={review} /> : null}
      <BundleScope kind={kind} />
      {problems.length === 0 ? null : (
        <Alert severity="warning" variant="outlined">
          {problems.join(' ')}
        </Alert>
      )}
      {scope === undefined || input === undefined ? (
        problems.length === 0 ? (
          <EmptyState
            says={
              kind === 'case'
                ? 'Choose the case above, and what the bundle would show stands here before anything leaves.'
                : 'Name the release above, and what the bundle would show stands here before anything leaves.'
            }
          />
        ) : null
      ) : (
        <>
          <BundlePreview scope={scope} input={input} />
          <BundleExport input={input} />
        </>
      )}
    </Page>
  )
}
