import { Box, Chip, Stack, Typography } from '@mui/material'
import type { Verdict } from '@switchboard/verifier/worker-client'
import { useState } from 'react'
import { Button } from '@mui/material'
import { Icon } from '../parts/icons.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { VerdictSection } from './verdict-section.tsx'

type Finding = Extract<Verdict, { kind: 'bundle' }>['report']['findings'][number]

const shownAtFirst = 10

/** What is wrong or worth a look: where, by which rule, in a sentence. Nothing where there is nothing. */
export function VerdictFindings({
  title,
  findings,
}: {
  readonly title: string
  readonly findings: readonly Finding[]
}) {
  const [all, setAll] = useState(false)
  if (findings.length === 0) return null
  const shown = all ? findings : findings.slice(0, shownAtFirst)
  return (
    <VerdictSection title={title}>
      <Stack component="ul" spacing={1} sx={{ listStyle: 'none', m: 0, p: 0 }}>
        {shown.map(({ severity, where, rule, message }, at) => (
          <FindingItem key={at} isRed={severity === 'red'} where={where} rule={rule} message={message} />
        ))}
      </Stack>
      {shown.length < findings.length ? (
        <Button size="small" onClick={() => setAll(true)} sx={{ mt: 1 }}>
          Show all {findings.length}
        </Button>
      ) : null}
    </VerdictSection>
  )
}

export function FindingItem(props: {
  readonly isRed: boolean
  readonly where: string
  readonly rule: string
  readonly message: string
}) {
  const color = props.isRed ? 'error' : 'warning'
  return (
    <Stack component="li" direction="row" spacing={1}>
      <Icon name={props.isRed ? 'cross' : 'warning'} color={color} sx={{ mt: 0.25 }} />
      <Box sx={{ minWidth: 0 }}>
        <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
          <Typography variant="body2" component="strong" sx={{ fontWeight: 650 }}>
            <UntrustedText text={props.where} />
          </Typography>
          <Chip size="small" variant="outlined" color={color} label={<code>{props.rule}</code>} />
        </Stack>
        <Typography variant="body2" color="textSecondary">
          <UntrustedText text={props.message} />
        </Typography>
      </Box>
    </Stack>
  )
}
