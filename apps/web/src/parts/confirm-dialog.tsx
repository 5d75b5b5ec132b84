import {
  Box,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  Stack,
  TextField,
} from '@mui/material'
import { useId, useState } from 'react'
import type { ReactNode } from 'react'

/**
 * Asks before something that cannot simply be taken back: what will happen, in sentences, and a reason where the operation
 * keeps one. What came of it is shown inside, so a refusal does not lose the reason that was typed.
 */
export function ConfirmDialog(props: {
  readonly title: string
  readonly children: ReactNode
  /** What the button does: a verb and its object, never "OK". */
  readonly confirm: string
  readonly isDangerous?: boolean
  readonly isBusy: boolean
  /** Label of the reason; without one none is asked for. */
  readonly reason?: string
  /** The reason may stay empty; what is asked is then confirmed by Enter alone. */
  readonly isReasonOptional?: boolean
  /** Of the reason, as the operation bounds it. */
  readonly mostLetters?: number
  /** Something that `children` ask for is not there yet. */
  readonly isIncomplete?: boolean
  readonly outcome?: ReactNode
  readonly onConfirm: (reason: string) => void
  readonly onClose: () => void
}) {
  const [reason, setReason] = useState('')
  const title = useId()
  // An address may have opened it, and whoever sent that may know what the next key will be.
  const [isAsked] = useState(() => navigator.userActivation.hasBeenActive)
  const most = props.mostLetters ?? 500
  const isOptional = props.reason === undefined || props.isReasonOptional === true
  const lacksReason = !isOptional && reason.trim() === ''
  const isIncomplete = lacksReason || props.isIncomplete === true
  return (
    <Dialog open onClose={props.onClose} fullWidth maxWidth="sm" aria-labelledby={title}>
      <Box
        component="form"
        // What is asked scrolls; the buttons stay in sight.
        sx={{ display: 'flex', flexDirection: 'column', minHeight: 0 }}
        onKeyDown={(event) => {
          // A key that is held down from before has confirmed nothing.
          if (event.key === 'Enter' && event.repeat) event.preventDefault()
        }}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isIncomplete && !props.isBusy) props.onConfirm(reason.trim())
        }}
      >
        <DialogTitle id={title}>{props.title}</DialogTitle>
        <DialogContent dividers>
          <Stack spacing={2}>
            {props.children}
            {props.reason === undefined ? null : (
              <TextField
                label={props.reason}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
                onKeyDown={(event) => {
                  // Enter makes a new line here; with Ctrl or ⌘ it sends, as in other fields of several lines.
                  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
                    event.currentTarget.closest('form')?.requestSubmit()
                }}
                required={!isOptional}
                autoFocus={!isOptional}
                multiline
                maxRows={6}
                fullWidth
                helperText={reason.length > most / 2 ? `${reason.length} of ${most} characters` : ''}
                slotProps={{ htmlInput: { maxLength: most } }}
              />
            )}
            {props.outcome}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={props.onClose} color="inherit">
            Cancel
          </Button>
          <Button
            type="submit"
            variant="contained"
            color={props.isDangerous === true ? 'error' : 'primary'}
            disabled={isIncomplete}
            // Where there is something to read or choose first, Enter must not confirm it unread.
            autoFocus={props.isReasonOptional === true && props.isDangerous !== true && isAsked}
            loading={props.isBusy}
          >
            {props.confirm}
          </Button>
        </DialogActions>
      </Box>
    </Dialog>
  )
}
