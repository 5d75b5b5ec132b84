import { Alert, AlertTitle, Box, Button, Stack, Typography } from '@mui/material'
import type { Denial } from '@switchboard/api'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { ReceiptChip } from './receipt-chip.tsx'
import { UntrustedText } from './untrusted-text.tsx'

/** A refusal as an object: what was refused, the rule, its facts, what would change it, and whom to ask. */
export function DenialCard(props: {
  readonly denial: Denial
  readonly receiptId?: string | undefined
  /** A button that leads to what would change it. */
  readonly next?: ReactNode
}) {
  const { code, message, change, params, category } = props.denial
  const rules = textsOf(params['rules'] ?? params['rule'])
  const task = params['taskId']
  const facts = Object.entries(params).filter(
    ([name, value]) => !['rules', 'rule', 'reasons', 'taskId'].includes(name) && isScalar(value),
  )
  const waits = category === 'approval_required'
  return (
    <Alert severity={waits ? 'info' : 'warning'} variant="outlined" role="status">
      <AlertTitle>{waits ? 'Waits for a second person' : 'Refused'}</AlertTitle>
      <Stack spacing={1}>
        <UntrustedText text={message} />
        {change === '' ? null : (
          <Typography variant="body2">
            <strong>What would change it: </strong>
            <UntrustedText text={change} />
          </Typography>
        )}
        <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'auto 1fr', columnGap: 2, m: 0 }}>
          <Fact name="Code" value={code} />
          {rules.length === 0 ? null : (
            <Fact name="Rule" value={rules.join(', ')}>
              {rules.map((rule) => (
                <RuleName key={rule} rule={rule} />
              ))}
            </Fact>
          )}
          {facts.map(([name, value]) => (
            <Fact key={name} name={name} value={String(value)} />
          ))}
        </Box>
        <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
          {typeof task === 'string' ? (
            <Button size="small" variant="contained" component={Link} to={`/reviews/${task}`}>
              Open the review
            </Button>
          ) : null}
          {props.next}
          {props.receiptId === undefined ? null : <ReceiptChip id={props.receiptId} />}
        </Stack>
      </Stack>
    </Alert>
  )
}

/** A rule of the policy leads to its text; `default-deny` and the like are the absence of one. */
function RuleName({ rule }: { readonly rule: string }) {
  const isPolicy =
    /^[a-z][a-z0-9-]{2,80}$/.test(rule) && !rule.endsWith('-deny') && !rule.endsWith('-missing')
  return isPolicy ? (
    <Box
      component={Link}
      to={`/policy?${new URLSearchParams({ rule })}`}
      sx={{ mr: 1, color: 'primary.main' }}
    >
      {rule}
    </Box>
  ) : (
    <UntrustedText text={rule} most={300} />
  )
}

function Fact(props: { readonly name: string; readonly value: string; readonly children?: ReactNode }) {
  const { name, value, children } = props
  return (
    <>
      <Typography component="dt" variant="body2" color="textSecondary">
        {name}
      </Typography>
      <Typography component="dd" variant="body2" sx={{ m: 0, minWidth: 0 }}>
        {children ?? <UntrustedText text={value} most={300} />}
      </Typography>
    </>
  )
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
