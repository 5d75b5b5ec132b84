import { Checkbox, FormControlLabel, Typography } from '@mui/material'
import { useState } from 'react'
import { CommandLine } from '../../parts/command-line.tsx'
import { ActDialog } from './act-dialog.tsx'
import type { Purged } from './purge-manifest-card.tsx'

export function UninstallDialog(props: {
  readonly id: string
  readonly onPurged: (purged: Purged) => void
  readonly onClose: () => void
}) {
  const { id, onPurged, onClose } = props
  const [forget, setForget] = useState(false)
  return (
    <ActDialog
      operation="plugin.uninstall"
      title={`Uninstall ${id}?`}
      confirm={`Uninstall ${id}`}
      isDangerous
      inputOf={() => ({ id, ...(forget ? { forget } : {}) })}
      says={() => `${id} is uninstalled. What was removed and what was kept is listed below.`}
      onDone={(manifest, receiptId) => onPurged({ manifest, receiptId, forgotten: forget })}
      onClose={onClose}
    >
      <Typography>
        Its grants, secrets, runs, logs, recordings, kept values and files are removed and cannot be brought
        back. What people accepted from it into the graph stays: undo that first if it should not. Receipts
        stay, they are the proof of what it did.
      </Typography>
      <FormControlLabel
        control={<Checkbox checked={forget} onChange={(event) => setForget(event.target.checked)} />}
        label="Take the signed package off the shelf too, all its versions. Otherwise it can be installed again."
      />
      <CommandLine command={`npx switchboard plugin uninstall ${id}${forget ? ' --forget' : ''}`} />
    </ActDialog>
  )
}
