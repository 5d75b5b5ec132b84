import { Alert, Box, MenuItem, Stack, TextField, Typography } from '@mui/material'
import { useState } from 'react'
import { useAct } from '../../api/use-act.ts'
import { useRead } from '../../api/use-read.ts'
import { Acted } from '../../parts/acted.tsx'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { bytes, count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { Section } from '../../parts/section.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { ReplayVerdict } from './replay-verdict.tsx'
import { isActive } from './run-state.ts'
import type { Run } from './run-state.ts'

/** The same code again on what was recorded, or another version of it: whether it does the same. */
export function ReplayTab({ run }: { readonly run: Run }) {
  const [against, setAgainst] = useUrlState('against')
  const plugin = useRead('plugin.detail', { id: run.package })
  const versions = plugin.data?.ok === true ? plugin.data.value.versions : []
  const replay = useAct('run.replay')
  const chosen = versions.includes(against) ? against : ''
  if (isActive(run.state)) return <EmptyState says="It can be replayed when it has ended." />
  return (
    <Stack spacing={3}>
      <Section id="replay" title="Replay">
        <Typography color="textSecondary">
          The code runs again with the recorded answers, randomness and clock. No call reaches anything; only
          whether it does the same is found out.
        </Typography>
        <TextField
          select
          size="small"
          label="Version"
          value={chosen}
          onChange={(event) => setAgainst(event.target.value)}
          sx={{ minWidth: 220, alignSelf: 'flex-start' }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          <MenuItem value="">the same, {run.version}</MenuItem>
          {versions
            .filter((version) => version !== run.version)
            .map((version) => (
              <MenuItem key={version} value={version}>
                {version}
              </MenuItem>
            ))}
        </TextField>
        <AllowedButton
          operation="run.replay"
          variant="contained"
          startIcon={<Icon name="play" />}
          loading={replay.isPending}
          onClick={() => replay.mutate({ id: run.id, ...(chosen === '' ? {} : { against: chosen }) })}
        >
          Replay the run
        </AllowedButton>
        <Box sx={{ width: '100%' }}>
          <CommandLine
            command={`npx switchboard replay ${run.id}${chosen === '' ? '' : ` --against ${chosen}`}`}
          />
        </Box>
      </Section>
      <Acted act={replay}>
        {(value, receiptId) => <ReplayVerdict replayed={value} receiptId={receiptId} />}
      </Acted>
      <ForgetRecording run={run} />
    </Stack>
  )
}

function ForgetRecording({ run }: { readonly run: Run }) {
  const [asking, setAsking] = useState(false)
  const forget = useAct('run.forget_recording')
  return (
    <Section id="recording" title="The recording">
      <Typography color="textSecondary">
        What the run was given and answered is kept for a while, so that it can be replayed. It can be erased
        before; the receipts stay.
      </Typography>
      <AllowedButton
        operation="run.forget_recording"
        variant="outlined"
        color="error"
        onClick={() => {
          forget.reset()
          setAsking(true)
        }}
      >
        Erase the recording
      </AllowedButton>
      {asking ? null : (
        <Acted act={forget}>
          {({ recordings, answers, bytes: size }) => (
            <Alert severity="success" variant="outlined" role="status">
              Erased: {count(recordings, 'recording')} with {count(answers, 'answer')}, {bytes(size)}. The run
              can no longer be replayed.
            </Alert>
          )}
        </Acted>
      )}
      {asking ? (
        <ConfirmDialog
          title="Erase what was recorded of this run"
          confirm="Erase the recording"
          isDangerous
          isBusy={forget.isPending}
          outcome={<Acted act={forget} />}
          onConfirm={() =>
            forget.mutate({ id: run.id }, { onSuccess: ({ ok }) => (ok ? setAsking(false) : undefined) })
          }
          onClose={() => setAsking(false)}
        >
          <Typography>
            Nobody can replay the run afterwards. Its result, its log and its receipts stay. This cannot be
            undone.
          </Typography>
        </ConfirmDialog>
      ) : null}
    </Section>
  )
}
