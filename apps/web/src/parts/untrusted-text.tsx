import { Box } from '@mui/material'
import { visible } from './visible.ts'

export { visible }

/** Text by somebody nobody vouches for: never markup, its direction its own, broken where it must be. */
export function UntrustedText({ text, most = 2_000 }: { readonly text: string; readonly most?: number }) {
  const shown = text.length > most ? `${text.slice(0, most)}…` : text
  return (
    <Box component="bdi" sx={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
      {visible(shown)}
    </Box>
  )
}
