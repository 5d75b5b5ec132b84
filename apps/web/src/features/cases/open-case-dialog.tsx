import { Button, Dialog, DialogActions, DialogContent, DialogTitle, Stack, TextField } from '@mui/material'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { MarkingField } from './marking-field.tsx'
import { forShell } from '../../parts/for-shell.ts'
import { paps, tlps } from '../../parts/markings.ts'
import type { Pap, Tlp } from '../../parts/markings.ts'

interface Draft {
  readonly title: string
  readonly tlp: Tlp
  readonly pap: Pap
  readonly note: string
}
const blank: Draft = { title: '', tlp: 'GREEN', pap: 'GREEN', note: '' }
const longestTitle = 300
const longestNote = 200_000

/** Asks what a case needs. The draft outlives the dialog: closing it by mistake, a fault or a lost session loses nothing. */
export function OpenCaseDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const [draft, setDraft] = useState(blank)
  const create = useAct('case.create')
  const navigate = useNavigate()
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }))
  const title = draft.title.trim()
  const submit = async () => {
    const { tlp, pap, note } = draft
    const answer = await create.mutateAsync({ title, tlp, pap, ...(note === '' ? {} : { note }) })
    if (!answer.ok) return
    setDraft(blank)
    await navigate(`/cases/${answer.value.id}`)
  }
  return (
    <Dialog open={open} onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="open-a-case">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          // A fault is shown from the mutation's own state.
          if (title !== '') submit().catch(() => undefined)
        }}
      >
        <DialogTitle id="open-a-case">Open a case</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ mt: 1 }}>
            <TextField
              label="Title"
              value={draft.title}
              onChange={(event) => change({ title: event.target.value })}
              required
              autoFocus
              fullWidth
              slotProps={{ htmlInput: { maxLength: longestTitle } }}
            />
            <MarkingField kind="TLP" values={tlps} value={draft.tlp} onChange={(tlp) => change({ tlp })} />
            <MarkingField kind="PAP" values={paps} value={draft.pap} onChange={(pap) => change({ pap })} />
            <TextField
              label="First note (optional)"
              helperText="Paste what there is: a mail, a log. Notes are never changed, so plugins can cite a place in one."
              value={draft.note}
              onChange={(event) => change({ note: event.target.value })}
              multiline
              minRows={4}
              maxRows={12}
              fullWidth
              slotProps={{ htmlInput: { maxLength: longestNote } }}
            />
            <CommandLine
              command={`npx switchboard case create ${forShell(title === '' ? 'TITLE' : title)} --tlp ${draft.tlp} --pap ${draft.pap}`}
            />
            <Acted act={create} />
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} color="inherit">
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={title === ''} loading={create.isPending}>
            Open the case
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
