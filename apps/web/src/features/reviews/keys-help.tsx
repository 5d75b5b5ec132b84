import { Box, Button, Dialog, DialogActions, DialogContent, DialogTitle, Typography } from '@mui/material'
import { useSingleKeys } from '../../app/single-keys.ts'

const keys = [
  ['j', 'next review'],
  ['k', 'review before'],
  ['Enter', 'open it'],
  ['a', 'approve it'],
  ['d', 'deny it, with a reason'],
  ['e', 'go to its evidence'],
  ['?', 'these keys'],
] as const

/** The keys in one line under the list: who reviews often learns them by seeing them. */
export function KeysHint({ onHelp }: { readonly onHelp: () => void }) {
  if (!useSingleKeys())
    return (
      <Typography variant="body2" color="textSecondary">
        Single keys are off in this browser. The menu under your name turns them on.
      </Typography>
    )
  return (
    <Box
      sx={{
        display: { xs: 'none', sm: 'flex' },
        flexWrap: 'wrap',
        columnGap: 2,
        rowGap: 0.5,
        alignItems: 'center',
      }}
    >
      {keys.slice(0, -1).map(([key, says]) => (
        <Typography key={key} variant="body2" color="textSecondary" component="span">
          <Key name={key} /> {says}
        </Typography>
      ))}
      <Button size="small" color="inherit" onClick={onHelp} aria-keyshortcuts="Shift+?">
        <Key name="?" />
        <Box component="span" sx={{ ml: 0.75 }}>
          Show the keys
        </Box>
      </Button>
    </Box>
  )
}

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} aria-labelledby="review-keys" maxWidth="xs" fullWidth>
      <DialogTitle id="review-keys">Keys for reviewing</DialogTitle>
      <DialogContent>
        <Box
          component="dl"
          sx={{ display: 'grid', gridTemplateColumns: 'auto 1fr', columnGap: 2, rowGap: 1, m: 0 }}
        >
          {keys.map(([key, says]) => (
            <Box key={key} sx={{ display: 'contents' }}>
              <Box component="dt">
                <Key name={key} />
              </Box>
              <Typography component="dd" sx={{ m: 0 }}>
                {says}
              </Typography>
            </Box>
          ))}
        </Box>
        <Typography variant="body2" color="textSecondary" sx={{ mt: 2 }}>
          They work while no field has the focus. Nothing is decided by a key alone: a question comes first.
          The menu under your name turns them off.
        </Typography>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} autoFocus>
          Close the keys
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function Key({ name }: { readonly name: string }) {
  return (
    <Box
      component="kbd"
      sx={{
        border: 1,
        borderColor: 'divider',
        borderRadius: 0.5,
        px: 0.75,
        py: 0.125,
        bgcolor: 'background.paper',
      }}
    >
      {name}
    </Box>
  )
}
