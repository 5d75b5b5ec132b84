import { Stack } from '@mui/material'
import { useState } from 'react'
import { useRead } from '../../api/use-read.ts'
import { useSelf } from '../../app/use-self.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { Page } from '../../parts/page.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { DeactivateDialog } from './deactivate-dialog.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import type { Invited } from './invite-dialog.tsx'
import { signInLink } from './role-words.ts'
import { ShownOnce } from './shown-once.tsx'

/** Who is in the organisation, with which roles; somebody new comes in by a link that works once. */
export function PeoplePage() {
  const people = useRead('user.list', {})
  const self = useSelf()
  const [doing, setDoing] = useUrlState('do')
  const [invited, setInvited] = useState<Invited>()
  const rows = people.data?.ok === true ? people.data.value.rows : []
  const chosen = rows.find(({ id }) => doing === `deactivate-${id}` || doing === `link-${id}`)
  return (
    <Page
      title="People"
      lead="Everybody of your organisation. A role says what somebody may ask for; what waits for a second person needs two of them."
      actions={
        <AllowedButton operation="user.invite" variant="contained" onClick={() => setDoing('add')}>
          Add a person
        </AllowedButton>
      }
    >
      {invited === undefined ? null : (
        <ShownOnce
          title={`A link for ${visible(invited.name)}, shown once`}
          label="Sign-in link"
          secret={signInLink(location.origin, invited.secret)}
        >
          Hand it over by a way you trust: whoever opens it first is {visible(invited.name)}. It works once,
          for 15 minutes. By the command, on their side:
          <CommandLine command="npx switchboard sign-in LINK --data DIR" />
        </ShownOnce>
      )}
      <Answered read={people}>
        {({ rows: all }) => (
          <RowsTable
            caption="People"
            rows={all}
            keyOf={({ id }) => id}
            columns={[
              {
                head: 'Name',
                cell: (person) => (
                  <>
                    <UntrustedText text={person.name} most={80} />
                    {person.id === self?.id ? ' (you)' : ''}
                    {person.demo ? ' (demonstration)' : ''}
                  </>
                ),
              },
              { head: 'Roles', cell: (person) => person.roles.join(', ') },
              { head: 'State', cell: ({ active }) => (active ? 'active' : 'deactivated') },
              {
                head: 'Actions',
                cell: (person) =>
                  person.active ? (
                    <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
                      <AllowedButton
                        operation="user.invite"
                        size="small"
                        onClick={() => setDoing(`link-${person.id}`)}
                      >
                        Make a sign-in link
                      </AllowedButton>
                      <AllowedButton
                        operation="user.deactivate"
                        size="small"
                        color="error"
                        onClick={() => setDoing(`deactivate-${person.id}`)}
                      >
                        Deactivate
                      </AllowedButton>
                    </Stack>
                  ) : (
                    '—'
                  ),
              },
            ]}
          />
        )}
      </Answered>
      <CommandLine command="npx switchboard user list" />
      {doing === 'add' || (chosen !== undefined && doing === `link-${chosen.id}`) ? (
        <InviteDialog
          of={doing === 'add' ? undefined : chosen}
          onClose={() => setDoing('')}
          onInvited={(who) => {
            setInvited(who)
            setDoing('')
          }}
        />
      ) : null}
      {chosen !== undefined && doing === `deactivate-${chosen.id}` ? (
        <DeactivateDialog person={chosen} self={self?.id} all={rows} onClose={() => setDoing('')} />
      ) : null}
    </Page>
  )
}
