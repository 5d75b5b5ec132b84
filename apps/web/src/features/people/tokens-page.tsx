import { Typography } from '@mui/material'
import { useState } from 'react'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Page } from '../../parts/page.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { RevokeTokenDialog } from './revoke-token-dialog.tsx'
import { ShownOnce } from './shown-once.tsx'
import { TokenDialog } from './token-dialog.tsx'

/** One's own tokens: what scripts send, with at most the rights of who made them. */
export function TokensPage() {
  const tokens = useRead('token.list', {})
  const [doing, setDoing] = useUrlState('do')
  const [made, setMade] = useState<{ readonly name: string; readonly secret: string }>()
  const rows = tokens.data?.ok === true ? tokens.data.value.rows : []
  const revoking = rows.find(({ id }) => doing === `revoke-${id}`)
  const create = (
    <AllowedButton operation="token.create" variant="contained" onClick={() => setDoing('create')}>
      Create a token
    </AllowedButton>
  )
  return (
    <Page
      title="Your tokens"
      lead="For scripts and the command. A token does at most what you may do yourself, and only what it names; it ends by itself."
      actions={create}
    >
      {made === undefined ? null : (
        <ShownOnce
          title={`Token “${visible(made.name).slice(0, 80)}”, shown once`}
          label="Token"
          secret={made.secret}
        >
          Only its hash is kept here. Scripts send it as <code>Authorization: Bearer …</code>, the command
          takes it from <code>SWITCHBOARD_TOKEN</code>.
        </ShownOnce>
      )}
      <Answered read={tokens}>
        {({ rows: all }) =>
          all.length === 0 ? (
            <EmptyState says="You have no tokens." />
          ) : (
            <RowsTable
              caption="Your tokens"
              rows={all}
              keyOf={({ id }) => id}
              columns={[
                { head: 'Name', cell: ({ name }) => <UntrustedText text={name} most={80} /> },
                {
                  head: 'May do',
                  cell: ({ scopes }) =>
                    scopes.includes('*') ? (
                      'all that you may'
                    ) : (
                      <Typography variant="body2">{scopes.map(visible).join(', ')}</Typography>
                    ),
                },
                { head: 'Created', cell: ({ createdAt }) => <Instant ms={createdAt} /> },
                { head: 'Ends', cell: ({ expiresAt }) => <Instant ms={expiresAt} /> },
                {
                  head: 'State',
                  cell: ({ revoked, expiresAt }) =>
                    revoked ? 'revoked' : expiresAt <= Date.now() ? 'ended' : 'works',
                },
                {
                  head: 'Actions',
                  cell: ({ id, revoked, expiresAt }) =>
                    revoked || expiresAt <= Date.now() ? (
                      '—'
                    ) : (
                      <AllowedButton
                        operation="token.revoke"
                        size="small"
                        color="error"
                        onClick={() => setDoing(`revoke-${id}`)}
                      >
                        Revoke
                      </AllowedButton>
                    ),
                },
              ]}
            />
          )
        }
      </Answered>
      <CommandLine command="npx switchboard token list" />
      {doing === 'create' ? (
        <TokenDialog
          onClose={() => setDoing('')}
          onMade={(token) => {
            setMade(token)
            setDoing('')
          }}
        />
      ) : null}
      {revoking === undefined ? null : <RevokeTokenDialog token={revoking} onClose={() => setDoing('')} />}
    </Page>
  )
}
