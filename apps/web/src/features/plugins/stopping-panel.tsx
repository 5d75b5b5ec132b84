import { Link as MuiLink, Stack, Typography } from '@mui/material'
import { Link } from 'react-router'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { count } from '../../parts/format.ts'
import { Instant } from '../../parts/instant.tsx'
import { Permitted } from '../../parts/permitted.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { SandboxStatus } from './use-sandbox.ts'

/** The kill switch, what is in quarantine, and how well code is held here at all. */
export function StoppingPanel(props: {
  readonly status: SandboxStatus | undefined
  readonly open: (dialog: string) => void
}) {
  const { status, open } = props
  return (
    <Permitted operation="sandbox.status">
      {status === undefined ? null : (
        <Stack spacing={3}>
          <Section id="kill-switch" title="All plugins">
            <Typography>
              {status.stopped === null
                ? 'Plugins may run. Stopping ends every run under way and refuses every run and call, at once, until somebody lets them run again.'
                : 'Plugins are stopped: every run and call is refused.'}
            </Typography>
            <Typography color="textSecondary">
              {count(status.activeRuns.length, 'run')} of your organisation under way on this server. Sandbox
              level {status.level}.{status.mend === null ? '' : ` For more: ${status.mend}`}
            </Typography>
            {status.stopped === null ? (
              <AllowedButton
                operation="sandbox.stop"
                variant="contained"
                color="error"
                onClick={() => open('stop')}
              >
                Stop all plugins
              </AllowedButton>
            ) : (
              <AllowedButton operation="sandbox.resume" variant="contained" onClick={() => open('resume')}>
                Let plugins run again
              </AllowedButton>
            )}
          </Section>
          <Stack component="section" aria-labelledby="quarantine" spacing={1.5}>
            <Typography variant="h2" id="quarantine">
              In quarantine
            </Typography>
            {status.quarantined.length === 0 ? (
              <Typography color="textSecondary">
                No package is. Open a package to put it there: its page has the button under “Stop and
                remove”.
              </Typography>
            ) : (
              <RowsTable
                caption="Packages in quarantine"
                rows={status.quarantined}
                keyOf={(hold) => hold.package ?? ''}
                columns={[
                  {
                    head: 'Package',
                    cell: (hold) => (
                      <MuiLink component={Link} to={`/plugins/${hold.package ?? ''}?tab=remove`}>
                        {hold.package}
                      </MuiLink>
                    ),
                  },
                  { head: 'By', cell: (hold) => <UntrustedText text={hold.by} most={120} /> },
                  { head: 'Since', cell: (hold) => <Instant ms={hold.at} /> },
                  { head: 'Why', cell: (hold) => <UntrustedText text={hold.reason} /> },
                ]}
              />
            )}
          </Stack>
        </Stack>
      )}
    </Permitted>
  )
}
