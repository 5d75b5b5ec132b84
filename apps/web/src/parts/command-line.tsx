import { Box, Button } from '@mui/material'
import { useState } from 'react'

/** The command that does the same as the button beside it, to copy. */
export function CommandLine({ command }: { readonly command: string }) {
  const [copied, setCopied] = useState(false)
  const copy = () => {
    navigator.clipboard.writeText(command).then(
      () => setCopied(true),
      // Browsers refuse it on plain http beyond loopback; the text can be selected all the same.
      () => setCopied(false),
    )
  }
  return (
    <Box
      sx={{
        display: 'flex',
        alignItems: 'center',
        gap: 1,
        bgcolor: 'action.hover',
        borderRadius: 1,
        pl: 1.5,
        py: 0.25,
        minWidth: 0,
      }}
    >
      <Box component="code" sx={{ flex: 1, overflowX: 'auto', whiteSpace: 'pre' }} tabIndex={0}>
        {command}
      </Box>
      <Button
        size="small"
        onClick={copy}
        aria-label={copied ? 'Copied the command' : `Copy the command ${command}`}
      >
        {copied ? 'Copied' : 'Copy'}
      </Button>
    </Box>
  )
}
