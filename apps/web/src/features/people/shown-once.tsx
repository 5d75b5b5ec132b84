import { Alert, AlertTitle, Button, Stack, TextField, Typography } from '@mui/material'
import type { ReactNode } from 'react'
import { useState } from 'react'

/** A secret that the server tells once and keeps no copy of: to be copied now. */
export function ShownOnce(props: {
  readonly title: string
  readonly label: string
  readonly secret: string
  readonly children: ReactNode
}) {
  const [copied, setCopied] = useState(false)
  const copy = () => {
    navigator.clipboard.writeText(props.secret).then(
      () => setCopied(true),
      // Browsers refuse it on plain http beyond loopback; the text can be selected all the same.
      () => setCopied(false),
    )
  }
  return (
    <Alert
      severity="warning"
      variant="outlined"
      role="status"
      sx={{ '& .MuiAlert-message': { flex: 1, minWidth: 0 } }}
    >
      <AlertTitle>{props.title}</AlertTitle>
      <Stack spacing={1.5}>
        <Stack direction={{ xs: 'column', sm: 'row' }} spacing={1}>
          <TextField
            label={props.label}
            value={props.secret}
            size="small"
            fullWidth
            slotProps={{ htmlInput: { readOnly: true, spellCheck: false } }}
            onFocus={(event) => event.target.select()}
          />
          <Button variant="contained" onClick={copy} sx={{ flexShrink: 0 }}>
            {copied ? 'Copied' : 'Copy it'}
          </Button>
        </Stack>
        <Typography variant="body2" component="div">
          {props.children}
        </Typography>
      </Stack>
    </Alert>
  )
}
