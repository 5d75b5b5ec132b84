import { Button, Stack, TextField, Typography } from '@mui/material'
import { useState } from 'react'
import { useAct } from '../api/use-act.ts'
import { FaultNotice } from '../parts/answered.tsx'
import { CommandLine } from '../parts/command-line.tsx'
import { DenialCard } from '../parts/denial-card.tsx'

/** The secret in what somebody pasted: the whole link, or the secret alone. */
function secretIn(text: string): string {
  const [, fragment] = text.trim().split('#')
  return fragment === undefined ? text.trim() : (new URLSearchParams(fragment).get('secret') ?? '')
}

export function SignInForm({ onSignedIn }: { readonly onSignedIn: () => void }) {
  const [text, setText] = useState('')
  const signIn = useAct('session.create', { withoutKey: true })
  const submit = async (event: { preventDefault(): void }) => {
    event.preventDefault()
    const answer = await signIn.mutateAsync({ secret: secretIn(text) })
    if (!answer.ok) return
    setText('')
    onSignedIn()
  }
  return (
    <Stack
      component="form"
      spacing={2}
      onSubmit={(event) => {
        // A fault is shown from the mutation's own state.
        submit(event).catch(() => undefined)
      }}
    >
      <Typography>
        Paste a sign-in link: the one that the server printed at its start, or one an administrator gave you.
        It works once, for 15 minutes.
      </Typography>
      <TextField
        label="Sign-in link"
        value={text}
        onChange={(event) => setText(event.target.value)}
        autoComplete="off"
        autoFocus
        fullWidth
        slotProps={{ htmlInput: { spellCheck: false } }}
      />
      <Button type="submit" variant="contained" disabled={secretIn(text) === ''} loading={signIn.isPending}>
        Sign in
      </Button>
      {signIn.data?.ok === false ? <DenialCard denial={signIn.data.denial} /> : null}
      {signIn.error === null ? null : <FaultNotice fault={signIn.error} />}
      <Typography color="textSecondary" variant="body2">
        On the server's own machine, this prints a new one:
      </Typography>
      <CommandLine command="npx switchboard console" />
    </Stack>
  )
}
