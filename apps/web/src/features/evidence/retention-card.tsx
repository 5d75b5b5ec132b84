import { Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { count } from '../../parts/format.ts'
import { Instant } from '../../parts/instant.tsx'
import { Permitted } from '../../parts/permitted.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { Section } from '../../parts/section.tsx'

type Retention = OutputOf<OperationByName<'retention.read'>>
type Due = Retention['due'][number]

/** How long receipts are kept, and what would go now. */
export function RetentionCard() {
  return (
    <Section id="retention" title="How long receipts are kept">
      <Permitted operation="retention.read">
        <KeptRules />
      </Permitted>
    </Section>
  )
}

function KeptRules() {
  const read = useRead('retention.read', {})
  return <Answered read={read}>{(value) => <Rules retention={value} />}</Answered>
}

function Rules({ retention }: { readonly retention: Retention }) {
  const { classes, operations, due, setBy, setAt, worked } = retention
  const named = Object.entries(operations)
  return (
    <>
      <Typography variant="body2">
        {setBy === null || setAt === null ? (
          'Nobody has set any rule: every receipt is of class standard, and nothing ever goes.'
        ) : (
          <>
            Set by <code>{setBy}</code> at <Instant ms={setAt} />.
          </>
        )}{' '}
        {worked === null ? null : (
          <>
            The server last applied them at <Instant ms={worked.at} />: {worked.ended}.
          </>
        )}
      </Typography>
      {due.length === 0 ? null : (
        <RowsTable
          caption="Classes of receipts"
          rows={due}
          keyOf={({ class: name }) => name}
          columns={[
            { head: 'Class', cell: ({ class: name }) => name },
            { head: 'Entries', numeric: true, cell: ({ entries }) => entries.toLocaleString('en') },
            { head: 'Folded after', cell: ({ class: name }) => days(classes[name]?.foldAfterDays) },
            { head: 'Pruned after', cell: ({ class: name }) => days(classes[name]?.keepDays) },
            { head: 'To fold now', numeric: true, cell: ({ fold }) => goes(fold) },
            { head: 'To prune now', numeric: true, cell: ({ prune }) => goes(prune) },
          ]}
        />
      )}
      {named.length === 0 ? null : (
        <Typography variant="body2">
          By operation: {named.map(([operation, name]) => `${operation} is ${name}`).join(', ')}.
        </Typography>
      )}
      <AllowedButton operation="retention.set" to="/do/retention.set" variant="outlined" size="small">
        Set how long receipts are kept
      </AllowedButton>
    </>
  )
}

function days(given: number | undefined): string {
  return given === undefined ? 'never' : count(given, 'day')
}

function goes({ receipts, held, open, more }: Due['prune']): string {
  const kept = [held === 0 ? '' : `${held} on hold`, open === 0 ? '' : `${open} still open`].filter(Boolean)
  return `${receipts.toLocaleString('en')}${more ? ' and more' : ''}${kept.length === 0 ? '' : ` (${kept.join(', ')})`}`
}
