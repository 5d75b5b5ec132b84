import { Box, Link, Typography } from '@mui/material'
import { Link as PageLink } from 'react-router'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { Run, Span } from './run-state.ts'

/** Why a call was refused: the plugin may have gone on all the same. */
export function SpanDenial({ run, span }: { readonly run: Run; readonly span: Span }) {
  const { denial } = span
  if (typeof denial !== 'object' || denial === null) return null
  // The gate wrote it, of a denial.
  const { code, message } = denial as { readonly code: string; readonly message: string }
  return (
    <Box>
      <Typography variant="body2" component="div">
        <UntrustedText text={message} most={400} />{' '}
        <Box component="code" sx={{ color: 'text.secondary' }}>
          <UntrustedText text={code} most={80} />
        </Box>
      </Typography>
      {code === 'CapabilityDenied' ? (
        <Link component={PageLink} to={`/plugins/${run.package}`} variant="body2">
          See what {run.package} may do
        </Link>
      ) : null}
    </Box>
  )
}
