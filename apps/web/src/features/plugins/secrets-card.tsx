import { Stack, Typography } from '@mui/material'
import { useState } from 'react'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { Instant } from '../../parts/instant.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { Section } from '../../parts/section.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { ActDialog } from './act-dialog.tsx'
import type { PackageDetail } from './consent.ts'
import { Permitted } from '../../parts/permitted.tsx'
import { SetSecretDialog } from './set-secret-dialog.tsx'

/** What the broker sends for the package and nobody is shown again: names, hosts and dates, never values. */
export function SecretsCard({ detail }: { readonly detail: PackageDetail }) {
  const { capabilities, installation, package: shown } = detail
  const named = (prefix: string) =>
    capabilities
      .filter(({ scope }) => scope.startsWith(prefix))
      .map(({ scope }) => scope.slice(prefix.length))
  const names = named('secret:')
  const hosts = named('net:')
  return (
    <Section id="secrets" title="Secrets">
      <Typography color="textSecondary">
        {names.length === 0
          ? 'Its manifest names no secret.'
          : 'The broker sends a secret to the hosts you name and to no other; the plugin never sees it, and nobody is shown it again.'}
      </Typography>
      {names.length === 0 ? null : installation === null ? (
        <Typography>Install the package to set one.</Typography>
      ) : (
        <Permitted operation="secret.list">
          <Secrets id={shown.name} names={names} hosts={hosts} />
        </Permitted>
      )}
    </Section>
  )
}

function Secrets(props: {
  readonly id: string
  readonly names: readonly string[]
  readonly hosts: readonly string[]
}) {
  const { id, names, hosts } = props
  const list = useRead('secret.list', { package: id })
  const [setting, setSetting] = useState<string>()
  const [removing, setRemoving] = useState<string>()
  return (
    <>
      <Answered read={list}>
        {({ rows }) => (
          <RowsTable
            caption="Secrets of the package"
            rows={names.map((name) => ({ name, set: rows.find((row) => row.name === name) }))}
            keyOf={({ name }) => name}
            columns={[
              { head: 'Name', cell: ({ name }) => <code>{name}</code> },
              {
                head: 'State',
                cell: ({ set }) =>
                  set === undefined ? <StateChip state="not set" /> : <StateChip state="set" />,
              },
              { head: 'Sent to', cell: ({ set }) => set?.hosts.join(', ') ?? '' },
              {
                head: 'Set',
                cell: ({ set }) =>
                  set === undefined ? (
                    ''
                  ) : (
                    <>
                      <Instant ms={set.setAt} /> by <UntrustedText text={set.setBy} most={120} />
                    </>
                  ),
              },
              {
                head: 'Change',
                cell: ({ name, set }) => (
                  <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
                    <AllowedButton
                      operation="secret.set"
                      size="small"
                      why={hosts.length === 0 ? 'The manifest names no host to send it to.' : undefined}
                      onClick={() => setSetting(name)}
                    >
                      {set === undefined ? 'Set the secret' : 'Replace the secret'}
                    </AllowedButton>
                    {set === undefined ? null : (
                      <AllowedButton
                        operation="secret.remove"
                        size="small"
                        color="error"
                        onClick={() => setRemoving(name)}
                      >
                        Remove the secret
                      </AllowedButton>
                    )}
                  </Stack>
                ),
              },
            ]}
          />
        )}
      </Answered>
      {setting === undefined ? null : (
        <SetSecretDialog id={id} name={setting} hosts={hosts} onClose={() => setSetting(undefined)} />
      )}
      {removing === undefined ? null : (
        <ActDialog
          operation="secret.remove"
          title={`Remove the secret ${removing}?`}
          confirm="Remove the secret"
          isDangerous
          inputOf={() => ({ package: id, name: removing })}
          says={() => `The secret ${removing} is removed.`}
          onClose={() => setRemoving(undefined)}
        >
          <Typography>
            From the next call on, requests that need it are refused. It cannot be brought back from here.
          </Typography>
        </ActDialog>
      )}
    </>
  )
}
