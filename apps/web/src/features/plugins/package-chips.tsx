import { Chip, Stack, Typography } from '@mui/material'
import { Icon } from '../../parts/icons.tsx'
import { levelSuffices, trustLabel, trustMeaning } from './levels.ts'
import type { Trust } from './levels.ts'

export function TrustChip({ trust }: { readonly trust: Trust }) {
  return (
    <Chip
      size="small"
      variant="outlined"
      color={trust === 'pinned' ? 'default' : 'success'}
      icon={<Icon name={trust === 'pinned' ? 'lock' : 'shield'} />}
      label={trustLabel(trust)}
      title={trustMeaning(trust)}
    />
  )
}

/** The level that code needs against the one that this server reached. */
export function LevelNote(props: { readonly needed: string; readonly reached: string | undefined }) {
  const { needed, reached } = props
  if (needed === 'none')
    return (
      <Typography variant="body2" color="textSecondary">
        data, never runs
      </Typography>
    )
  const suffices = reached === undefined ? undefined : levelSuffices(needed, reached)
  return (
    <Stack direction="row" spacing={0.75} sx={{ alignItems: 'center' }}>
      <Icon
        name={suffices === undefined ? 'question' : suffices ? 'check' : 'warning'}
        color={suffices === undefined ? 'inherit' : suffices ? 'success' : 'warning'}
      />
      <Typography variant="body2" sx={{ whiteSpace: 'nowrap' }}>
        needs {needed}
        {suffices === undefined ? '' : suffices ? `, has ${reached}` : `, here is ${reached}`}
      </Typography>
    </Stack>
  )
}
