import { Box, MenuItem, TextField, Typography } from '@mui/material'
import { markingSays } from '../../parts/marking-chip.tsx'

const labels = { TLP: 'TLP: who may be told', PAP: 'PAP: what may be done outside' } as const

/** A choice of markings, each with its meaning in a sentence. */
export function MarkingField<Value extends string>(props: {
  readonly kind: 'TLP' | 'PAP'
  readonly values: readonly Value[]
  readonly value: Value
  readonly onChange: (value: Value) => void
}) {
  const { kind, values, value, onChange } = props
  return (
    <TextField
      select
      fullWidth
      label={labels[kind]}
      value={value}
      // The choices are these values and no other.
      onChange={(event) => onChange(event.target.value as Value)}
      helperText={markingSays(kind, value)}
      slotProps={{ select: { renderValue: (chosen) => `${kind}:${String(chosen)}` } }}
    >
      {values.map((each) => (
        <MenuItem key={each} value={each} sx={{ whiteSpace: 'normal' }}>
          <Box>
            <Typography>
              {kind}:{each}
            </Typography>
            <Typography variant="body2" color="textSecondary">
              {markingSays(kind, each)}
            </Typography>
          </Box>
        </MenuItem>
      ))}
    </TextField>
  )
}
