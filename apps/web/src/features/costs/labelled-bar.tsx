import { Box, Typography } from '@mui/material'
import { shareOf } from './cost-words.ts'

interface BarPart {
  readonly name: string
  readonly micros: string
  /** Told apart by pattern as well as by colour. */
  readonly look: 'solid' | 'striped'
}

const stripes = 'repeating-linear-gradient(45deg, currentColor 0 4px, transparent 4px 8px)'

/** A bar with its figures in words above it. A table beside it says the same. */
export function LabelledBar(props: {
  readonly label: string
  readonly whole: string
  readonly parts: readonly BarPart[]
}) {
  return (
    <Box>
      <Typography
        variant="body2"
        sx={{ mb: 0.5, fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' }}
      >
        {props.label}
      </Typography>
      <Box
        aria-hidden="true"
        sx={{
          display: 'flex',
          height: 12,
          borderRadius: 1,
          overflow: 'hidden',
          border: 1,
          borderColor: 'divider',
        }}
      >
        {props.parts.map(({ name, micros, look }) => (
          <Box
            key={name}
            sx={{
              width: `${Math.min(100, shareOf(micros, props.whole) / 100)}%`,
              minWidth: BigInt(micros) > 0n ? 3 : 0,
              color: 'primary.main',
              ...(look === 'solid' ? { bgcolor: 'primary.main' } : { backgroundImage: stripes }),
            }}
          />
        ))}
      </Box>
    </Box>
  )
}
