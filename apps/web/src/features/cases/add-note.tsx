import { Stack, TextField, Typography } from '@mui/material'
import { useState } from 'react'
import { useAct } from '../../api/use-act.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { Acted } from '../../parts/acted.tsx'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { Section } from '../../parts/section.tsx'

const longestNote = 200_000

/** Adds a note. It cannot be changed afterwards, which is said before; a refusal leaves what was typed. */
export function AddNote({ caseId }: { readonly caseId: string }) {
  const [text, setText] = useState('')
  const act = useAct('case.add_note')
  const refused = usePermissions()?.get('case.add_note')?.may === false
  const add = async () => {
    if ((await act.mutateAsync({ id: caseId, text })).ok) setText('')
  }
  return (
    <Section id="add-a-note" title="Add a note">
      <Stack
        component="form"
        spacing={2}
        sx={{ alignItems: 'flex-start' }}
        onSubmit={(event) => {
          event.preventDefault()
          // A fault is shown from the mutation's own state.
          if (text.trim() !== '') add().catch(() => undefined)
        }}
      >
        {refused ? null : (
          <TextField
            label="Note"
            helperText="A note is never changed or taken back, so that what cites a place in it stays true."
            value={text}
            onChange={(event) => setText(event.target.value)}
            multiline
            minRows={3}
            maxRows={16}
            fullWidth
            slotProps={{ htmlInput: { maxLength: longestNote } }}
          />
        )}
        <AllowedButton
          operation="case.add_note"
          variant="contained"
          submits
          disabled={text.trim() === ''}
          loading={act.isPending}
        >
          Add the note
        </AllowedButton>
        <Acted act={act}>
          {(_note, receiptId) => (
            <Stack direction="row" spacing={1} sx={{ alignItems: 'center' }}>
              <Typography>The note is in the case.</Typography>
              {receiptId === undefined ? null : <ReceiptChip id={receiptId} />}
            </Stack>
          )}
        </Acted>
      </Stack>
    </Section>
  )
}
