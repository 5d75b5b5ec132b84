import { Box, Skeleton } from '@mui/material'
import { useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { usePermissions } from '../../app/use-permissions.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { ActCard } from './act-card.tsx'
import { makeProof, nothingProved } from './prove.ts'
import { StepList } from './step-list.tsx'
import { useAnalysed } from './use-analysed.ts'
import { useKept } from './use-kept.ts'

// Verdicts are many words: they come when somebody wants one, and then they are there without the server.
const proofView = () => import('./proof-view.tsx')
const ProofView = lazy(async () => ({ default: (await proofView()).ProofView }))

/** Fetches all that verifying takes, so that it goes on when the server is gone. */
async function preload(): Promise<void> {
  const { preloadVerifier } = await import('../../verify/browser-verifier.ts')
  await Promise.all([proofView(), preloadVerifier()])
}

/** The fourth act: what was done, as a file that is verified here without the server, and that breaks when a bit is turned. */
export function ProveAct() {
  const queries = useQueryClient()
  const [analysed] = useAnalysed()
  const [proving, change] = useKept('proving', nothingProved)
  const mayReadPublishers = usePermissions()?.get('publisher.list')?.may !== false
  const caseId = analysed.case
  // A proof of another case is not this one's.
  const proof = proving.proof?.case === caseId ? proving.proof : undefined

  const start = async () => {
    if (caseId === undefined) return
    change(() => ({ ...nothingProved, busy: true }))
    try {
      const made = await makeProof({
        case: caseId,
        publishers: mayReadPublishers,
        preload,
        tell: (steps) => change((before) => ({ ...before, steps })),
      })
      change((before) => ({ ...before, proof: made }))
    } finally {
      change((before) => ({ ...before, busy: false }))
      await queries.invalidateQueries()
    }
  }
  return (
    <ActCard
      id="act-prove"
      number={4}
      title="Prove it"
      lead="Everything that was done on your case, refusals included, in one file. It is verified in this browser, with the server stopped if you like, and a single turned bit makes it red."
    >
      <Box>
        <AllowedButton
          operation="evidence.export"
          variant="contained"
          why={caseId === undefined ? 'Analyse a text first: its case is what is proved.' : undefined}
          loading={proving.busy}
          onClick={() => void start()}
        >
          Export and verify the case
        </AllowedButton>
      </Box>
      <CommandLine
        command={`npx switchboard evidence export --case ${caseId ?? 'CASE'} --out case.bundle\nnpx switchboard verify case.bundle --key data/evidence/keys/log.vkey`}
      />
      {proving.steps.length === 0 || (proof === undefined && proving.proof !== undefined) ? null : (
        <StepList label="Making the proof" steps={proving.steps} />
      )}
      {proof === undefined ? null : (
        <Suspense fallback={<Skeleton variant="rounded" height={160} />}>
          <ProofView proof={proof} />
        </Suspense>
      )}
    </ActCard>
  )
}
