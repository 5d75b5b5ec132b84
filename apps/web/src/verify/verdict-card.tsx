import { Alert, AlertTitle, Box, Card, CardContent, Stack, Typography } from '@mui/material'
import { binary, caveat, headline, took } from '@switchboard/verifier/verdict-words'
import type { FlippedPlace, Verdict } from '@switchboard/verifier/worker-client'
import { count } from '../parts/format.ts'
import { Icon } from '../parts/icons.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { VerdictAbout } from './verdict-about.tsx'
import { VerdictChecks } from './verdict-checks.tsx'
import { VerdictFindings } from './verdict-findings.tsx'
import { VerdictLogs } from './verdict-logs.tsx'
import { VerdictPackage } from './verdict-package.tsx'
import { VerdictTotals } from './verdict-totals.tsx'

/**
 * A verdict with all of its report: a word, a shape and a colour that say the same, then what broke, what was checked and
 * what was not, and what the receipts add up to. What a red file claims is folded away, because none of it is proved.
 */
export function VerdictCard({ verdict }: { readonly verdict: Verdict }) {
  return (
    <Stack spacing={2}>
      <VerdictHead verdict={verdict} />
      {verdict.kind === 'package' ? <VerdictPackage report={verdict.report} /> : <Report verdict={verdict} />}
    </Stack>
  )
}

function VerdictHead({ verdict }: { readonly verdict: Verdict }) {
  const green = verdict.report.ok
  const left = caveat(verdict)
  return (
    <Alert
      severity={green ? 'success' : 'error'}
      variant="outlined"
      role="status"
      icon={<Icon name={green ? 'check' : 'cross'} />}
      sx={{ borderWidth: 2 }}
    >
      <AlertTitle>{headline(verdict)}</AlertTitle>
      <Stack spacing={0.5}>
        <Typography variant="body2">
          <VerdictAbout verdict={verdict} />
        </Typography>
        {left === undefined ? null : <Typography variant="body2">{left}</Typography>}
        {verdict.flipped === undefined ? null : <Flipped place={verdict.flipped} />}
        <Typography variant="body2" color="textSecondary">
          {took(verdict)}
        </Typography>
      </Stack>
    </Alert>
  )
}

function Flipped({ place }: { readonly place: FlippedPlace }) {
  return (
    <Typography variant="body2">
      <strong>With one bit flipped: </strong>
      bit {place.bit} of byte {place.offset.toLocaleString('en')}, in <UntrustedText text={place.where} />:{' '}
      <code>{binary(place.before)}</code> became <code>{binary(place.after)}</code>.
    </Typography>
  )
}

function Report({ verdict }: { readonly verdict: Exclude<Verdict, { kind: 'package' }> }) {
  const { report } = verdict
  const red = report.findings.filter(({ severity }) => severity === 'red')
  const odd = report.findings.filter(({ severity }) => severity === 'warning')
  const claims = (
    <>
      <VerdictTotals summary={report.summary} />
      {verdict.kind === 'bundle' ? <VerdictLogs report={verdict.report} /> : null}
    </>
  )
  return (
    <>
      <VerdictFindings title={`What broke: ${count(red.length, 'finding')}`} findings={red} />
      <VerdictFindings title={`Worth a look: ${odd.length}`} findings={odd} />
      {report.ok ? claims : null}
      <VerdictChecks checked={report.checked} notChecked={report.notChecked} />
      {report.ok ? null : (
        <Card>
          <CardContent component="details">
            <Box component="summary" sx={{ cursor: 'pointer', typography: 'h3' }}>
              What the file claims, which is not proved
            </Box>
            <Stack spacing={2} sx={{ mt: 2 }}>
              {claims}
            </Stack>
          </CardContent>
        </Card>
      )}
    </>
  )
}
