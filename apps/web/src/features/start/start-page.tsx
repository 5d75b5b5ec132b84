import { Card, CardContent, Stack, Typography } from '@mui/material'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { count } from '../../parts/format.ts'
import { Page } from '../../parts/page.tsx'

const levels: Readonly<Record<string, string>> = {
  full: 'Every plugin runs in a process whose files, network, system calls and memory the kernel holds.',
  reduced: 'Files and system calls of every plugin are held by the kernel; there are no namespaces.',
  development: 'Plugins are not jailed by the system: for trying things out, with code you trust.',
}

export function StartPage() {
  const status = useRead('system.status', {}, { refreshMs: 10_000 })
  return (
    <Page title="See it work" lead="Other people's code on your own intelligence, with proof.">
      <Card component="section" aria-labelledby="state">
        <CardContent>
          <Typography variant="h2" id="state">
            1 · Where you are
          </Typography>
          <Answered read={status}>
            {(value) => (
              <Stack spacing={1} sx={{ mt: 1 }}>
                <Typography>
                  Sandbox level <strong>{value.sandboxLevel}</strong>. {levels[value.sandboxLevel] ?? ''}
                </Typography>
                {value.sandboxMend === '' ? null : <Typography>For more: {value.sandboxMend}</Typography>}
                <Typography>
                  Your data lies on this server, in{' '}
                  {value.store === 'sqlite' ? 'an SQLite file' : 'PostgreSQL'}; region {value.region}. Nothing
                  leaves it unless somebody allows it.
                </Typography>
                <Typography>{count(value.logSize, 'receipt')} so far, signed by the log.</Typography>
                <CommandLine command="npx switchboard status" />
              </Stack>
            )}
          </Answered>
        </CardContent>
      </Card>
    </Page>
  )
}
