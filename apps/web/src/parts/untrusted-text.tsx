import { Box } from '@mui/material'

/** Control characters and marks that turn the writing direction, shown instead of obeyed. */
const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

export function visible(text: string): string {
  return text.replaceAll(unseen, (found) =>
    found === '\n' || found === '\t'
      ? found
      : `\u27e8U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`,
  )
}

/** Text by somebody nobody vouches for: never markup, its direction its own, broken where it must be. */
export function UntrustedText({ text, most = 2_000 }: { readonly text: string; readonly most?: number }) {
  const shown = text.length > most ? `${text.slice(0, most)}…` : text
  return (
    <Box component="bdi" sx={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
      {visible(shown)}
    </Box>
  )
}
