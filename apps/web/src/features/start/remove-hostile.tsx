import { Box, Stack, Typography } from '@mui/material'
import { useQueryClient } from '@tanstack/react-query'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useState } from 'react'
import { performStep } from './perform-step.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { count } from '../../parts/format.ts'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { StepList } from './step-list.tsx'
import { performSteps } from './steps.ts'
import type { Step } from './steps.ts'
import { useKept } from './use-kept.ts'

type Purge = OutputOf<OperationByName<'plugin.uninstall'>>
interface Removal {
  readonly steps: readonly Step[]
  readonly purges: readonly Purge[]
}
const nothing: Removal = { steps: [], purges: [] }

/** Takes the hostile samples away again, and shows what was removed, what was kept and why, and what a scan still found. */
export function RemoveHostile({ installed }: { readonly installed: readonly string[] }) {
  const queries = useQueryClient()
  const [{ steps, purges }, change] = useKept('removed', nothing)
  const [asks, setAsks] = useState(false)
  const [busy, setBusy] = useState(false)

  const remove = async () => {
    setBusy(true)
    change(() => nothing)
    await performSteps(
      installed.map((id) => ({
        says: `Uninstall ${id}`,
        async perform() {
          const done = await performStep('plugin.uninstall', { id })
          if (!done.ok) return done
          change((before) => ({ ...before, purges: [...before.purges, done.value] }))
          const { residue, scanned } = done.value
          return {
            ...done,
            came:
              residue.length === 0
                ? `nothing of it is left in ${count(scanned.tables, 'table')} and ${count(scanned.files, 'file')} that were searched`
                : `Something of it is still in ${count(residue.length, 'place')}`,
          }
        },
      })),
      (told) => change((before) => ({ ...before, steps: told })),
    )
    setBusy(false)
    setAsks(false)
    await queries.invalidateQueries()
  }
  return (
    <Stack spacing={1.5}>
      {installed.length === 0 ? null : (
        <>
          <Typography variant="body2">
            The hostile samples are still installed. They do nothing by themselves; take them away when you
            have seen enough.
          </Typography>
          <AllowedButton
            operation="plugin.uninstall"
            variant="outlined"
            color="error"
            onClick={() => setAsks(true)}
          >
            Uninstall the hostile samples
          </AllowedButton>
          <CommandLine command={installed.map((id) => `npx switchboard plugin uninstall ${id}`).join('\n')} />
        </>
      )}
      {asks ? (
        <ConfirmDialog
          title="Uninstall the hostile samples"
          confirm="Uninstall the hostile samples"
          isDangerous
          isBusy={busy}
          onConfirm={() => void remove()}
          onClose={() => setAsks(false)}
        >
          <Typography>
            Removes {installed.join(' and ')} with their grants, runs, logs and files, then searches for what
            is left of them. Receipts stay: they are the proof. The packages stay on your shelf.
          </Typography>
        </ConfirmDialog>
      ) : null}
      {steps.length === 0 ? null : <StepList label="Uninstalling" steps={steps} />}
      {purges.map((purge) => (
        <PurgeManifest key={purge.digest} purge={purge} />
      ))}
    </Stack>
  )
}

function PurgeManifest({ purge }: { readonly purge: Purge }) {
  return (
    <Box component="details" sx={{ typography: 'body2' }}>
      <Box component="summary" sx={{ cursor: 'pointer', py: 0.5 }}>
        Purge manifest of {purge.id} {purge.version}
      </Box>
      <PurgeList
        title="Removed"
        rows={purge.removed.map(({ what, count: n }) => `${n.toLocaleString('en')} ${what}`)}
      />
      <PurgeList title="Kept" rows={purge.kept.map(({ what, why }) => `${what}: ${why}`)} />
      <PurgeList
        title="Still found by the search"
        rows={
          purge.residue.length === 0
            ? ['nothing']
            : purge.residue.map(({ where, what }) => `${where}: ${what}`)
        }
      />
    </Box>
  )
}

function PurgeList({ title, rows }: { readonly title: string; readonly rows: readonly string[] }) {
  return (
    <>
      <Typography variant="h3" sx={{ mt: 1 }}>
        {title}
      </Typography>
      <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
        {rows.map((row) => (
          <li key={row}>
            <UntrustedText text={row} most={300} />
          </li>
        ))}
      </Box>
    </>
  )
}
