import { Box, Dialog, DialogContent, DialogTitle, Typography } from '@mui/material'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { useRead } from '../api/use-read.ts'
import { onSessionEnded } from '../api/session-ended.ts'
import { FaultNotice } from '../parts/answered.tsx'
import { PageSkeleton } from '../parts/page-skeleton.tsx'
import { SignInForm } from './sign-in-form.tsx'

/**
 * Shows the console to somebody signed in. When the session ends while they work, signing in again happens over the page,
 * which stays as it was with everything that was typed.
 */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const self = useRead('user.self', {})
  const queries = useQueryClient()
  const [known, setKnown] = useState(false)
  const [ended, setEnded] = useState(false)
  const signedIn = self.data?.ok === true
  useEffect(() => onSessionEnded(() => setEnded(true)), [])
  useEffect(() => {
    if (signedIn) setKnown(true)
  }, [signedIn])

  const signedInAgain = async () => {
    setEnded(false)
    await queries.invalidateQueries()
  }

  if (!known && !signedIn) {
    return (
      <Box component="main" sx={{ maxWidth: 560, mx: 'auto', p: { xs: 2, sm: 6 } }}>
        <Typography variant="h1" sx={{ mb: 3 }}>
          Switchboard
        </Typography>
        {self.error !== null && self.data === undefined ? (
          <FaultNotice fault={self.error} again={() => void self.refetch()} />
        ) : self.data === undefined ? (
          <PageSkeleton />
        ) : (
          <SignInForm onSignedIn={signedInAgain} />
        )}
      </Box>
    )
  }
  return (
    <>
      {children}
      <Dialog open={ended} maxWidth="sm" fullWidth aria-labelledby="sign-in-again">
        <DialogTitle id="sign-in-again">Your session has ended</DialogTitle>
        <DialogContent>
          <Typography sx={{ mb: 2 }}>
            Sign in again and go on: the page behind this is as you left it, with everything you typed.
          </Typography>
          <SignInForm onSignedIn={signedInAgain} />
        </DialogContent>
      </Dialog>
    </>
  )
}
