import { Box, Typography } from '@mui/material'
import { visible } from './untrusted-text.tsx'

const mostShown = 100_000

/** A value as JSON, as text and never as markup; a huge one is cut, and says so. */
export function JsonView({ value }: { readonly value: unknown }) {
  const text = JSON.stringify(value, undefined, 2) ?? 'null'
  return (
    <>
      <Box
        component="pre"
        tabIndex={0}
        sx={{ m: 0, p: 1.5, bgcolor: 'action.hover', borderRadius: 1, overflow: 'auto', maxHeight: '60dvh' }}
      >
        {visible(text.slice(0, mostShown))}
      </Box>
      {text.length > mostShown ? (
        <Typography variant="body2" color="textSecondary">
          The first {mostShown.toLocaleString('en')} of {text.length.toLocaleString('en')} characters.
        </Typography>
      ) : null}
    </>
  )
}
