import { Box, Stack, Typography } from '@mui/material'
import { accounted, rangeText, receiptsText, unclaimed } from '@switchboard/verifier/verdict-words'
import type { Verdict } from '@switchboard/verifier/worker-client'
import type { ReactNode } from 'react'
import { FactList } from '../parts/fact-list.tsx'
import { Icon } from '../parts/icons.tsx'
import { Instant } from '../parts/instant.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { VerdictSection } from './verdict-section.tsx'

type Bundle = Extract<Verdict, { kind: 'bundle' }>['report']
type Log = Bundle['logs'][number]

/** Whether anything is missing, first; then each log that receipts are in, and who else saw it. */
export function VerdictLogs({ report }: { readonly report: Bundle }) {
  const nothingClaimed = unclaimed(report)
  return (
    <VerdictSection title="Is anything missing?">
      <Stack spacing={2}>
        <Typography variant="body2">
          {nothingClaimed ?? (
            <>
              <strong>Nothing in between is missing</strong>: {accounted(report)}
            </>
          )}
        </Typography>
        {report.logs.map((log) => (
          <Box key={log.origin}>
            <Typography variant="body2" sx={{ fontWeight: 650 }}>
              The {log.class} log, <UntrustedText text={log.origin} />
            </Typography>
            <FactList facts={factsOf(log)} />
          </Box>
        ))}
      </Stack>
    </VerdictSection>
  )
}

function factsOf(log: Log): readonly (readonly [string, ReactNode])[] {
  const signer = log.key
  return [
    [
      'Entries',
      log.size === undefined ? 'unknown' : `${log.size.toLocaleString('en')} in all, when it was signed`,
    ],
    ['Complete', log.complete.length === 0 ? 'not claimed' : log.complete.map(rangeText).join('; ')],
    ['Receipts here', receiptsText(log)],
    ['Signed by', signer === undefined ? 'nobody whose key was given' : <UntrustedText text={signer} />],
    ['Witnesses', <Witnesses key="witnesses" log={log} />],
  ]
}

function Witnesses({ log }: { readonly log: Log }) {
  if (log.witnesses.length + log.unknownWitnesses.length === 0) return 'none signed'
  return (
    <Stack spacing={0.25}>
      {log.witnesses.map(({ witness, at }) => (
        <span key={witness}>
          <Icon name="check" color="success" sx={{ verticalAlign: 'middle' }} />{' '}
          <UntrustedText text={witness} /> saw it at <Instant ms={at} />
        </span>
      ))}
      {log.unknownWitnesses.map((name) => (
        <span key={name}>
          <Icon name="question" color="warning" sx={{ verticalAlign: 'middle' }} />{' '}
          <UntrustedText text={name} /> signed; you gave no key to check that
        </span>
      ))}
    </Stack>
  )
}
