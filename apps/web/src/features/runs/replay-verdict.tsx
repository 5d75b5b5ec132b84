import { Alert, AlertTitle, Box, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import type { ReactNode } from 'react'
import { count, money } from '../../parts/format.ts'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'

type Replayed = OutputOf<OperationByName<'run.replay'>>
const verdicts: Readonly<
  Record<Replayed['verdict'], readonly ['success' | 'warning' | 'error', string, string]>
> = {
  same: ['success', 'The same', 'It did the same, and its output has the same digest.'],
  same_until_stop: [
    'success',
    'The same until it was stopped',
    'The run had been stopped from outside; up to there its replay did the same.',
  ],
  diverged: ['warning', 'It diverged', 'It did something else than was recorded.'],
  damaged: [
    'error',
    'The recording is damaged',
    'What is stored is not what was recorded, so nothing follows from its replay. The receipt stays valid.',
  ],
}
const mostDifferences = 50

/** Whether the replay did the same, and if not, where it first left the recording. */
export function ReplayVerdict(props: {
  readonly replayed: Replayed
  readonly receiptId: string | undefined
}) {
  const { replayed, receiptId } = props
  const { divergence, differences, damaged } = replayed
  const [severity, title, says] = verdicts[replayed.verdict]
  return (
    <Alert severity={severity} variant="outlined" role="status">
      <AlertTitle>{title}</AlertTitle>
      <Stack spacing={1.5}>
        <Typography>{says}</Typography>
        <Facts
          rows={[
            ['Versions', `${replayed.recordedVersion} recorded, ${replayed.version} replayed`],
            ['Calls', `${count(replayed.recordedCalls, 'call')} recorded`],
            ['Expected', <Digest key="expected" of={replayed.expected} />],
            ['Replayed', <Digest key="actual" of={replayed.actual} />],
            ['Sandbox level', replayed.level],
            ['Cost', money(replayed.costMicros)],
          ]}
        />
        {divergence === null ? null : (
          <Box>
            <Typography variant="h3">Where it first left the recording</Typography>
            <Facts
              rows={[
                ['Kind', divergence.kind.replaceAll('_', ' ')],
                ['Call', divergence.call === null ? '–' : String(divergence.call)],
                ['Method', divergence.method ?? '–'],
                ['In the result', divergence.path === null ? '–' : divergence.path || 'the whole'],
                ['Expected', <UntrustedText key="expected" text={divergence.expected ?? '–'} most={400} />],
                ['Actual', <UntrustedText key="actual" text={divergence.actual ?? '–'} most={400} />],
              ]}
            />
          </Box>
        )}
        {differences.length === 0 ? null : (
          <Box>
            <Typography variant="h3">{count(differences.length, 'difference')} in the result</Typography>
            <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
              {differences.slice(0, mostDifferences).map(({ path, change }) => (
                <li key={path}>
                  <UntrustedText text={path || 'the whole'} most={300} />: {change}
                </li>
              ))}
            </Box>
            {differences.length > mostDifferences ? `and ${differences.length - mostDifferences} more` : null}
          </Box>
        )}
        {damaged.length === 0 ? null : (
          <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
            {damaged.map(({ what }) => (
              <li key={what}>
                <UntrustedText text={what} most={300} /> is not as it was recorded
              </li>
            ))}
          </Box>
        )}
        {receiptId === undefined ? null : (
          <Box>
            <ReceiptChip id={receiptId} />
          </Box>
        )}
      </Stack>
    </Alert>
  )
}

function Digest({ of }: { readonly of: Replayed['expected'] }) {
  return (
    <>
      {of.kind === 'result' ? 'a result' : `refused: ${of.code ?? ''}`},{' '}
      <Box component="code" title={of.sha256}>
        {of.sha256.slice(0, 16)}…
      </Box>
    </>
  )
}

function Facts({ rows }: { readonly rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'auto 1fr', columnGap: 2, m: 0 }}>
      {rows.map(([name, value]) => (
        <Box key={name} sx={{ display: 'contents' }}>
          <Typography component="dt" variant="body2" color="textSecondary">
            {name}
          </Typography>
          <Typography component="dd" variant="body2" sx={{ m: 0, minWidth: 0, overflowWrap: 'anywhere' }}>
            {value}
          </Typography>
        </Box>
      ))}
    </Box>
  )
}
