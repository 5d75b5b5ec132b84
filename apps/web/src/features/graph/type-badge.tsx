import { Box } from '@mui/material'
import { ink, typeLook } from './type-look.ts'

/** The type of an entity: its letters in its colour, as in the picture, and the word. */
export function TypeBadge({ type }: { readonly type: string }) {
  const { letters, light, dark } = typeLook(type)
  return (
    <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', gap: 0.75 }}>
      <Box
        component="span"
        aria-hidden="true"
        sx={[
          {
            display: 'inline-grid',
            placeItems: 'center',
            width: 24,
            height: 24,
            flexShrink: 0,
            borderRadius: '50%',
            fontSize: 11,
            fontWeight: 700,
            bgcolor: light,
            color: ink.light,
          },
          (theme) => theme.applyStyles('dark', { backgroundColor: dark, color: ink.dark }),
        ]}
      >
        {letters}
      </Box>
      {type}
    </Box>
  )
}
