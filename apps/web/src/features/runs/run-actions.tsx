import { Stack, Typography } from '@mui/material'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useAct } from '../../api/use-act.ts'
import { useRead } from '../../api/use-read.ts'
import { Acted } from '../../parts/acted.tsx'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { isActive, isFinalDetail } from './run-state.ts'
import type { Run } from './run-state.ts'

/** What can be done with a run: stop it while it runs; afterwards run it again, or take back what came of it. */
export function RunActions({ run }: { readonly run: Run }) {
  return isActive(run.state) ? <CancelRun run={run} /> : <AfterRun run={run} />
}

function CancelRun({ run }: { readonly run: Run }) {
  const cancel = useAct('run.cancel')
  const isAsked = cancel.data?.ok === true
  return (
    <Stack spacing={1} sx={{ alignItems: 'flex-start' }}>
      <AllowedButton
        operation="run.cancel"
        variant="outlined"
        color="error"
        startIcon={<Icon name="cross" />}
        loading={cancel.isPending || isAsked}
        onClick={() => cancel.mutate({ id: run.id })}
      >
        Cancel the run
      </AllowedButton>
      <Acted act={cancel} />
    </Stack>
  )
}

function AfterRun({ run }: { readonly run: Run }) {
  const navigate = useNavigate()
  const [isUndoing, setUndoing] = useState(false)
  const submit = useAct('run.submit')
  const undo = useAct('run.undo')
  // Asked here again, and answered by what the page has read already.
  const detail = useRead('run.detail', { id: run.id }, { isFinal: isFinalDetail })
  const input = detail.data?.ok === true ? detail.data.value.input : {}
  const onCase = run.case === null ? {} : { case: run.case }

  const again = async () => {
    const answer = await submit.mutateAsync({ id: run.package, input, ...onCase })
    if (answer.ok) await navigate(`/runs/${answer.value.runId}`)
  }
  return (
    <Stack spacing={1} sx={{ alignItems: 'flex-start', maxWidth: 520 }}>
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
        <AllowedButton
          operation="run.submit"
          variant="contained"
          startIcon={<Icon name="play" />}
          loading={submit.isPending}
          onClick={() => {
            // A fault is shown from the mutation's own state.
            again().catch(() => undefined)
          }}
        >
          Run again
        </AllowedButton>
        <AllowedButton
          operation="run.submit"
          variant="outlined"
          to={`/plugins/${run.package}/run?from=${run.id}${run.case === null ? '' : `&case=${run.case}`}`}
        >
          Change the input
        </AllowedButton>
        <AllowedButton
          operation="run.undo"
          variant="outlined"
          startIcon={<Icon name="undo" />}
          onClick={() => {
            undo.reset()
            setUndoing(true)
          }}
        >
          Undo the run
        </AllowedButton>
      </Stack>
      <Acted act={submit} />
      {isUndoing ? null : <Acted act={undo}>{(value) => <Undone {...value} />}</Acted>}
      {isUndoing ? (
        <ConfirmDialog
          title="Undo what came of this run"
          confirm="Take it back"
          isDangerous
          isBusy={undo.isPending}
          outcome={<Acted act={undo} />}
          onConfirm={() =>
            undo.mutate({ id: run.id }, { onSuccess: ({ ok }) => (ok ? setUndoing(false) : undefined) })
          }
          onClose={() => {
            // What was refused was read in the dialog.
            undo.reset()
            setUndoing(false)
          }}
        >
          <Typography>
            Entities and relations that were accepted from this run, or that it wrote, are taken back: what it
            created is removed, what it changed is put back as it was.
          </Typography>
          <Typography>
            What somebody else has confirmed or changed since then stays. The receipts stay too.
          </Typography>
        </ConfirmDialog>
      ) : null}
    </Stack>
  )
}

function Undone(value: {
  readonly removedEntities: number
  readonly removedRelations: number
  readonly restored: number
  readonly kept: number
}) {
  return (
    <Typography role="status">
      Taken back: {count(value.removedEntities, 'entity', 'entities')} and{' '}
      {count(value.removedRelations, 'relation')} removed, {value.restored.toLocaleString('en')} put back as
      before, {value.kept.toLocaleString('en')} kept because others rely on them.
    </Typography>
  )
}
