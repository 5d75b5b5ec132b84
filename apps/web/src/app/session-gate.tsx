import { Box, Dialog, DialogContent, DialogTitle, Typography } from '@mui/material'
import { QueryClientProvider, useQueryClient } from '@tanstack/react-query'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { dropRequests } from '../api/client.ts'
import { createQueries } from '../api/queries.ts'
import { onSessionChange, sessionChanged } from '../api/session-changes.ts'
import { useRead } from '../api/use-read.ts'
import { FaultNotice } from '../parts/answered.tsx'
import { DenialCard } from '../parts/denial-card.tsx'
import { dropAllValues } from '../parts/kept-values.ts'
import { PageSkeleton } from '../parts/page-skeleton.tsx'
import { StillWaiting } from '../parts/still-waiting.tsx'
import { SignInForm } from './sign-in-form.tsx'

const whoAmI = ['user.self', {}]

/**
 * Shows the console to somebody signed in. When the session ends while they work, signing in again happens over the page,
 * which stays as it was with everything that was typed. When they sign out, here or in another tab, or somebody else signs
 * in, nothing stays: what one person read and typed is kept apart from what the next one does.
 */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const outer = useQueryClient()
  const navigate = useNavigate()
  const self = useRead('user.self', {})
  const { data, dataUpdatedAt } = self
  const person = data?.ok === true ? data.value.id : undefined
  const [ended, setEnded] = useState(false)
  const own = useMemo(() => {
    const queries = createQueries()
    // Known already, so not asked for again.
    if (person !== undefined) queries.setQueryData(whoAmI, outer.getQueryData(whoAmI))
    return queries
  }, [person, outer])

  // Before the screens of the next one ask for anything.
  const asked = useRef(person)
  useLayoutEffect(() => {
    if (person === undefined) return
    if (asked.current !== undefined && asked.current !== person) dropRequests()
    asked.current = person
  }, [person])

  // An address holds what was searched for and looked at, so it goes with the one whose it was.
  const last = useRef(person)
  useEffect(() => {
    if (person === undefined) return
    // A session that ended by its time left what was typed for whoever comes back, and this may be somebody else.
    dropAllValues(person)
    if (last.current !== undefined && last.current !== person) void navigate('/', { replace: true })
    last.current = person
  }, [person, navigate])
  useEffect(
    () =>
      onSessionChange((change) => {
        if (change === 'signed_in') void outer.invalidateQueries()
        // Whom nobody knew has no page to come back to.
        else if (change === 'ended') setEnded(last.current !== undefined)
        else {
          last.current = undefined
          dropAllValues()
          dropRequests()
          void outer.resetQueries()
          void navigate('/', { replace: true })
        }
      }),
    [outer, navigate],
  )
  // Whoever is known again, by this tab or another one, has a session.
  useEffect(() => {
    setEnded(false)
    void own.invalidateQueries({ predicate: ({ state }) => state.error !== null })
  }, [dataUpdatedAt, own])

  if (person === undefined) return <Entrance self={self} />
  return (
    <QueryClientProvider client={own} key={person}>
      {children}
      <Dialog open={ended} maxWidth="sm" fullWidth aria-labelledby="sign-in-again">
        <DialogTitle id="sign-in-again">Your session has ended</DialogTitle>
        <DialogContent>
          <Typography sx={{ mb: 2 }}>
            Sign in again and go on: the page behind this is as you left it, with everything you typed. If
            somebody else signs in, it is cleared.
          </Typography>
          <SignInForm onSignedIn={() => sessionChanged('signed_in')} />
        </DialogContent>
      </Dialog>
    </QueryClientProvider>
  )
}

/** What somebody sees whom the server does not know yet. */
function Entrance({ self }: { readonly self: ReturnType<typeof useRead<'user.self'>> }) {
  const { data, error, refetch } = self
  useEffect(() => {
    document.title = 'Sign in · Switchboard'
  }, [])
  return (
    <Box component="main" sx={{ maxWidth: 560, mx: 'auto', p: { xs: 2, sm: 6 } }}>
      <Typography variant="h1" sx={{ mb: 3 }}>
        Switchboard
      </Typography>
      {data?.ok === false ? <DenialCard denial={data.denial} receiptId={data.receiptId} /> : null}
      {error === null && data === undefined ? (
        <>
          <StillWaiting />
          <PageSkeleton />
        </>
      ) : null}
      {error === null ? null : error.code === 'unauthenticated' ? (
        <SignInForm onSignedIn={() => sessionChanged('signed_in')} />
      ) : (
        <FaultNotice fault={error} again={() => void refetch()} />
      )}
    </Box>
  )
}
