import { Button } from '@mui/material'
import type { Denial } from '@switchboard/api'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { DenialCard } from '../../parts/denial-card.tsx'
import type { Run } from './run-state.ts'

/** Why a run was refused or failed, as an object, with the way to what would change it. */
export function RunRefusal({ run, denial }: { readonly run: Run; readonly denial: unknown }) {
  const read = readDenial(denial)
  if (read === undefined) return null
  return <DenialCard denial={read} receiptId={run.receiptId ?? undefined} next={nextStep(run, read.code)} />
}

function nextStep(run: Run, code: string): ReactNode {
  if (code === 'CapabilityDenied')
    return (
      <Button size="small" variant="contained" component={Link} to={`/plugins/${run.package}`}>
        See what {run.package} may do
      </Button>
    )
  if (code === 'budget_exceeded')
    return (
      <Button size="small" variant="contained" component={Link} to="/costs">
        See the budget
      </Button>
    )
  if (code === 'plugin_input_invalid' || code === 'plugin_threw')
    return (
      <Button
        size="small"
        variant="outlined"
        component={Link}
        to={`/plugins/${run.package}/run?from=${run.id}${run.case === null ? '' : `&case=${run.case}`}`}
      >
        Change the input
      </Button>
    )
  return null
}

/** As the run kept it: JSON that was a denial when it was written. */
function readDenial(given: unknown): Denial | undefined {
  if (typeof given !== 'object' || given === null || !('code' in given)) return undefined
  const { code, category, params, message, change } = given as Partial<Denial>
  return {
    code: String(code),
    category: category ?? 'failed',
    params: params ?? {},
    message: message ?? String(code),
    change: change ?? '',
  }
}
