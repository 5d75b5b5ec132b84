import { Alert, Box, Skeleton, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import type { ReactNode } from 'react'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import type { IconName } from '../../parts/icons.tsx'
import { ActCard } from './act-card.tsx'
import { whatLeft } from './what-left.ts'

type Status = OutputOf<OperationByName<'system.status'>>

const levels: Readonly<Record<string, string>> = {
  full: 'The kernel holds every plugin: its files, network, system calls and memory. Code that nobody has read may run here.',
  reduced:
    'The kernel holds the files and system calls of every plugin; there are no namespaces. Code runs here once somebody you trust has read it.',
  development:
    'Nothing holds a plugin that breaks out of its isolate: for trying things out. Only code that somebody has read runs here.',
}

/** The first act: where you are, what holds, where the data lies, and whether anything has left. */
export function WhereAct() {
  const status = useRead('system.status', {}, { refreshMs: 10_000 })
  return (
    <ActCard
      id="act-where"
      number={1}
      title="See where you are"
      lead="What this server holds plugins with, where your data lies, and whether anything of it has left."
    >
      <Answered
        read={status}
        skeleton={
          <Stack spacing={1.5} role="status" aria-busy="true" aria-label="Loading">
            <Skeleton variant="rounded" height={44} />
            <Skeleton variant="rounded" height={44} />
            <Skeleton variant="rounded" height={44} />
          </Stack>
        }
      >
        {(value) => <State status={value} />}
      </Answered>
      <CommandLine command="npx switchboard status" />
    </ActCard>
  )
}

function State({ status }: { readonly status: Status }) {
  const left = whatLeft(status.outside)
  // Whoever came by another address than loopback is at another machine than the server.
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname) ? 'machine' : 'server'
  const held = status.sandboxCanaries.filter(({ verdict }) => verdict === 'held').length
  return (
    <Box component="dl" sx={{ m: 0, display: 'grid', gap: 2 }}>
      <Fact
        icon="shield"
        name={
          <>
            Sandbox level <strong>{status.sandboxLevel}</strong>
          </>
        }
      >
        {levels[status.sandboxLevel] ?? ''}
        {held === 0
          ? ''
          : ` At its start the server tried ${count(status.sandboxCanaries.length, 'way')} out, with native code: ${held === status.sandboxCanaries.length ? 'each was held' : `${held} were held, the others this machine refuses to everybody`}.`}
        {status.sandboxMend === '' ? null : (
          <Alert severity="info" variant="outlined" sx={{ mt: 1 }}>
            What would raise it: {status.sandboxMend}
          </Alert>
        )}
      </Fact>
      <Fact
        icon="lock"
        name={left.nothing ? `Nothing of yours has left this ${here}` : `What has left this ${here}`}
      >
        {left.nothing ? (
          'No plugin has ever asked for anything outside, no feed sends receipts, no witness is told of them. What you read or download in a browser is yours to keep.'
        ) : (
          <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
            {left.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </Box>
        )}
        {left.doors.map((door) => (
          <Box key={door}>{door}</Box>
        ))}
      </Fact>
      <Fact icon="download" name="Where your data lies">
        {status.store === 'sqlite' ? (
          <>
            An SQLite file, keys and packages in <Code>{status.storePlace}</Code>
          </>
        ) : (
          <>
            PostgreSQL at <Code>{status.storePlace}</Code>; keys and packages in the folder of the server
          </>
        )}
        ; region <Code>{status.region}</Code>. {count(status.logSize, 'receipt')} so far, signed by the log{' '}
        <Code>{status.logKey.split('+')[0]}</Code>.
      </Fact>
    </Box>
  )
}

function Fact(props: { readonly icon: IconName; readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <div>
      <Box component="dt" sx={{ display: 'flex', gap: 1.5, alignItems: 'center' }}>
        <Icon name={props.icon} color="primary" />
        <Typography component="span" sx={{ fontWeight: 600 }}>
          {props.name}
        </Typography>
      </Box>
      <Typography
        component="dd"
        variant="body2"
        color="textSecondary"
        sx={{ m: 0, ml: '32px', maxWidth: '80ch', overflowWrap: 'anywhere' }}
      >
        {props.children}
      </Typography>
    </div>
  )
}

function Code({ children }: { readonly children: ReactNode }) {
  return (
    <Box component="code" sx={{ overflowWrap: 'anywhere', color: 'text.primary' }}>
      {children}
    </Box>
  )
}
