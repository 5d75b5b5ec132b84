import { Box, CircularProgress, Stack, Typography } from '@mui/material'
import { FaultNotice } from '../../parts/answered.tsx'
import { DenialCard } from '../../parts/denial-card.tsx'
import { duration } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { Step } from './steps.ts'

/** The steps of an act as they go: a shape and a word for each, what came of it, and its receipt. */
export function StepList({ label, steps }: { readonly label: string; readonly steps: readonly Step[] }) {
  return (
    <Box component="ol" aria-label={label} aria-live="polite" sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {steps.map((step, at) => (
        <Box component="li" key={at} sx={{ display: 'flex', gap: 1.5, py: 0.5 }}>
          <Box sx={{ width: 20, pt: 0.25, flexShrink: 0 }}>
            <StepShape state={step.state} />
          </Box>
          <Box sx={{ minWidth: 0, flex: 1 }}>
            <Stack
              direction="row"
              spacing={1}
              useFlexGap
              sx={{ flexWrap: 'wrap', alignItems: 'center', columnGap: 1.5, rowGap: 0.5 }}
            >
              <Typography sx={{ color: step.state === 'waiting' ? 'text.secondary' : 'text.primary' }}>
                {step.says}
              </Typography>
              <Typography variant="body2" color="textSecondary">
                {words[step.state]}
                {step.tookMs === undefined ? '' : `, ${duration(step.tookMs * 1_000)}`}
              </Typography>
              {step.receiptId === undefined || step.denial !== undefined ? null : (
                <ReceiptChip id={step.receiptId} />
              )}
            </Stack>
            {step.came === undefined ? null : (
              <Typography variant="body2" color="textSecondary">
                <UntrustedText text={step.came} most={300} />
              </Typography>
            )}
            {step.denial === undefined ? null : (
              <DenialCard denial={step.denial} receiptId={step.receiptId} />
            )}
            {step.fault === undefined ? null : <FaultNotice fault={step.fault} />}
          </Box>
        </Box>
      ))}
    </Box>
  )
}

const words: Readonly<Record<Step['state'], string>> = {
  waiting: 'waits',
  running: 'under way',
  done: 'done',
  refused: 'refused',
  failed: 'failed',
}

function StepShape({ state }: { readonly state: Step['state'] }) {
  if (state === 'running') return <CircularProgress size={16} aria-hidden="true" />
  if (state === 'done') return <Icon name="check" color="success" />
  if (state === 'waiting') return <Icon name="clock" sx={{ color: 'text.secondary' }} />
  return <Icon name="cross" color="error" />
}
