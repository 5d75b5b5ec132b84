import { TextField, Typography } from '@mui/material'
import { useState } from 'react'
import { ChooseFile } from '../../parts/choose-file.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { ActDialog } from './act-dialog.tsx'

const mostKeyLetters = 2_000

export function PinPublisherDialog({ onClose }: { readonly onClose: () => void }) {
  const [publisher, setPublisher] = useState('')
  const [key, setKey] = useState('')
  const read = async (file: File | undefined) => {
    // A key is short; whatever else was chosen is not read.
    if (file !== undefined) setKey(await file.slice(0, mostKeyLetters).text())
  }
  return (
    <ActDialog
      operation="publisher.trust"
      title="Pin a publisher key"
      confirm="Pin the key"
      isIncomplete={publisher.trim() === '' || key.trim() === ''}
      inputOf={() => ({ publisher: publisher.trim(), key })}
      says={(value) => (
        <>
          <UntrustedText text={value.publisher} /> is pinned with key <code>{value.keyId}</code>. Packages
          signed with it verify; nobody vouches for the publisher yet.
        </>
      )}
      onClose={onClose}
    >
      <Typography>
        Packages signed with this key will verify under this name. Compare the key with its owner over another
        way than the one it came by: whoever holds it can publish here.
      </Typography>
      <TextField
        label="Publisher"
        value={publisher}
        onChange={(event) => setPublisher(event.target.value)}
        required
        fullWidth
        autoComplete="off"
        slotProps={{ htmlInput: { maxLength: 80 } }}
      />
      <TextField
        label="Public key"
        value={key}
        onChange={(event) => setKey(event.target.value)}
        required
        fullWidth
        multiline
        minRows={4}
        maxRows={8}
        helperText="ECDSA P-256, as PEM: begins with BEGIN PUBLIC KEY. Never paste a private key."
        slotProps={{ htmlInput: { maxLength: mostKeyLetters, spellCheck: false } }}
      />
      <ChooseFile
        says="Read the key from a file"
        size="small"
        onFiles={([chosen]) => {
          read(chosen).catch(() => setKey(''))
        }}
      />
      <CommandLine command="npx switchboard publisher trust PUBLISHER @KEY.pem" />
    </ActDialog>
  )
}
