import { Box, FormControlLabel, Switch, Typography } from '@mui/material'
import type { ReceiptPath } from '@switchboard/verifier/worker-client'
import { useState } from 'react'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { count } from '../../parts/format.ts'

const shortDigits = 10

/**
 * The way from the receipt up to the signed checkpoint: at each step the hash of its neighbour, left or right as it stands in
 * the tree, and what the two make.
 */
export function ProofPath({ path }: { readonly path: ReceiptPath }) {
  const [whole, setWhole] = useState(false)
  const hash = (hex: string) => (whole ? hex : `${hex.slice(0, shortDigits)}…`)
  const last = path.steps.length
  return (
    <Box>
      <Typography variant="body2" sx={{ mb: 1 }}>
        Entry {path.index.toLocaleString('en')} of {path.size.toLocaleString('en')} in the log{' '}
        <UntrustedText text={path.origin} most={200} />.{' '}
        {last === 0
          ? 'It is the only entry, so its leaf is the root.'
          : `Its leaf leads to the root that the checkpoint signs by ${count(last, 'hash', 'hashes')}.`}
      </Typography>
      <Box component="ol" aria-label="From the leaf to the checkpoint" sx={{ listStyle: 'none', m: 0, p: 0 }}>
        <Level node={hash(path.leaf)} title={path.leaf} label="leaf: this receipt" isFirst />
        {path.steps.map((step, at) => (
          <Level
            key={step.hash}
            node={hash(step.hash)}
            title={step.hash}
            label={at + 1 === last ? 'root' : `node ${at + 1}`}
            sibling={hash(step.sibling)}
            siblingTitle={step.sibling}
            side={step.side}
            holds={at + 1 < last || step.hash === path.root}
          />
        ))}
        <Box component="li" sx={{ mt: 1, typography: 'body2', textAlign: 'center' }}>
          <Box
            sx={{ ...box, borderStyle: 'double', borderWidth: 3, borderColor: 'primary.main', mx: 'auto' }}
          >
            <strong>checkpoint</strong>, size {path.size.toLocaleString('en')}: signs root{' '}
            <code title={path.root}>{hash(path.root)}</code>
          </Box>
        </Box>
      </Box>
      <FormControlLabel
        control={<Switch size="small" checked={whole} onChange={(_event, on) => setWhole(on)} />}
        label="Show whole hashes"
        slotProps={{ typography: { variant: 'body2' } }}
      />
    </Box>
  )
}

const box = {
  border: 1,
  borderColor: 'divider',
  borderRadius: 1,
  px: 1,
  py: 0.5,
  minWidth: 0,
  maxWidth: '100%',
  width: 'fit-content',
  overflowWrap: 'anywhere',
  typography: 'body2',
} as const

function Level(props: {
  readonly node: string
  readonly title: string
  readonly label: string
  readonly isFirst?: boolean
  readonly sibling?: string
  readonly siblingTitle?: string
  readonly side?: 'left' | 'right'
  readonly holds?: boolean
}) {
  const { side } = props
  const neighbour =
    side === undefined ? null : (
      <Box sx={{ ...box, borderStyle: 'dashed', color: 'text.secondary' }}>
        {side} neighbour <code title={props.siblingTitle}>{props.sibling}</code>
      </Box>
    )
  return (
    <Box component="li">
      {props.isFirst === true ? null : (
        <Box aria-hidden="true" sx={{ width: 2, height: 14, bgcolor: 'divider', mx: 'auto' }} />
      )}
      <Box
        sx={{
          display: 'grid',
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'minmax(0, 1fr) minmax(0, 1.2fr) minmax(0, 1fr)' },
          alignItems: 'center',
          justifyItems: 'center',
          gap: 1,
        }}
      >
        <Box sx={{ justifySelf: { sm: 'end' }, minWidth: 0 }}>{side === 'left' ? neighbour : null}</Box>
        <Box sx={{ ...box, borderColor: 'primary.main', bgcolor: 'action.hover' }}>
          <strong>{props.label}</strong> <code title={props.title}>{props.node}</code>
          {props.holds === false ? ' is not the root that the checkpoint signs' : ''}
        </Box>
        <Box sx={{ justifySelf: { sm: 'start' }, minWidth: 0 }}>{side === 'right' ? neighbour : null}</Box>
      </Box>
    </Box>
  )
}
