import { Alert, AlertTitle, Box, Button, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FactList } from '../../parts/fact-list.tsx'
import { count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { Instant } from '../../parts/instant.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { Section } from '../../parts/section.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'

const refreshMs = 10_000

type Read = OutputOf<OperationByName<'checkpoint.read'>>
type Log = Read['logs'][number]

/** The organisation's logs with their newest checkpoints, and what witnesses say of each. */
export function LogsCard() {
  const read = useRead('checkpoint.read', {}, { refreshMs })
  return (
    <Section id="logs" title="Your logs">
      <Answered read={read}>
        {({ logs, witnesses, key }) => (
          <>
            <FactList
              facts={[
                ['Key', <code key="key">{key}</code>],
                ['', 'Compare it with the one you were given by another way.'],
              ]}
            />
            {logs.length === 0 ? (
              <EmptyState says="No receipt is in a log yet. Whatever is done here leaves one." />
            ) : null}
            {logs.map((log) => (
              <LogEntry
                key={log.origin}
                log={log}
                witnesses={witnesses.filter(({ class: of }) => of === log.class)}
              />
            ))}
            <CommandLine command="npx switchboard evidence checkpoint" />
          </>
        )}
      </Answered>
    </Section>
  )
}

function LogEntry({ log, witnesses }: { readonly log: Log; readonly witnesses: Read['witnesses'] }) {
  const save = (name: string, note: string) =>
    saveFile(`${log.class}-${name}.checkpoint`, new TextEncoder().encode(note), 'text/plain')
  return (
    <Box>
      <Typography variant="h3">
        The {log.class} log, {count(log.size, 'entry', 'entries')}
      </Typography>
      <Typography variant="body2" color="textSecondary" sx={{ mb: 1, overflowWrap: 'anywhere' }}>
        {log.origin}
      </Typography>
      <Stack spacing={1.5}>
        {log.conflict === '' ? null : (
          <Alert severity="error" variant="outlined" icon={<Icon name="cross" />}>
            <AlertTitle>A witness knows another log</AlertTitle>
            <UntrustedText text={log.conflict} />
          </Alert>
        )}
        {witnesses.length === 0 ? (
          <Typography variant="body2">
            No witness is set up: that nobody was shown another log rests on the checkpoints that people keep.
          </Typography>
        ) : (
          <>
            <Typography variant="body2">
              {log.witnessed
                ? 'As many witnesses as are needed have signed that they saw this log, and none knows another.'
                : 'Not enough witnesses have signed since the server started.'}
            </Typography>
            <RowsTable
              caption={`Witnesses of the ${log.class} log`}
              rows={witnesses}
              keyOf={({ name }) => name}
              columns={[
                { head: 'Witness', cell: ({ name }) => <UntrustedText text={name} most={200} /> },
                { head: 'State', cell: ({ state }) => <StateChip state={state} /> },
                { head: 'Signed up to', numeric: true, cell: ({ size }) => size.toLocaleString('en') },
                { head: 'When', cell: ({ at }) => (at === 0 ? 'never' : <Instant ms={at} />) },
                { head: 'Why', cell: ({ why }) => <UntrustedText text={why} most={300} /> },
              ]}
            />
          </>
        )}
        <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
          <Button
            size="small"
            variant="outlined"
            startIcon={<Icon name="download" />}
            onClick={() => save(String(log.size), log.checkpoint)}
          >
            Save the checkpoint
          </Button>
          {log.cosigned === '' ? null : (
            <Button
              size="small"
              variant="outlined"
              startIcon={<Icon name="download" />}
              onClick={() => save(`${log.cosignedSize}-witnessed`, log.cosigned)}
            >
              Save the witnessed checkpoint, size {log.cosignedSize.toLocaleString('en')}
            </Button>
          )}
        </Stack>
      </Stack>
    </Box>
  )
}
