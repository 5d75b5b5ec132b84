import { Box, Checkbox, FormControlLabel, Typography } from '@mui/material'
import { useSearchParams } from 'react-router'
import type { ReactNode } from 'react'
import { bytes } from '../../parts/format.ts'
import { RowsTable } from '../../parts/rows-table.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { toggled } from './bundle-request.ts'
import type { Closable, Preview } from './bundle-request.ts'
import { partNames } from './part-states.ts'
import { usePeople } from './use-people.ts'

/** What can be closed: parts, operations, people and documents, each with what it takes. A choice is in the address. */
export function ClosableTables({ whole, preview }: { readonly whole: Preview; readonly preview: Preview }) {
  const [address] = useSearchParams()
  const people = usePeople()
  const partsNow = new Map(preview.parts.map((part) => [part.part, part]))
  const withheld = new Set(preview.documents.filter((each) => each.withheld).map(({ name }) => name))
  return (
    <>
      <Group
        title="Parts"
        says={
          address.has('operation')
            ? 'Closed of the receipts of the operations chosen below; without any chosen, of all receipts.'
            : 'Closed of all receipts, unless operations are chosen below.'
        }
      >
        <RowsTable
          caption="Parts of receipts"
          rows={whole.parts}
          keyOf={({ part }) => part}
          columns={[
            { head: 'Close', cell: ({ part }) => <Toggle what="part" value={part} label={part} /> },
            { head: 'What it says', cell: ({ part }) => partNames[part] },
            { head: 'Open', numeric: true, cell: ({ part }) => partsNow.get(part)?.open ?? 0 },
            { head: 'Closed', numeric: true, cell: ({ part }) => partsNow.get(part)?.closed ?? 0 },
            { head: 'Takes', numeric: true, cell: ({ part }) => bytes(partsNow.get(part)?.bytes ?? 0) },
          ]}
        />
      </Group>
      <Group title="Operations" says="Closes all six parts of its receipts, or those chosen above.">
        <RowsTable
          caption="Operations"
          rows={whole.operations}
          keyOf={({ operation }) => operation}
          columns={[
            {
              head: 'Close',
              cell: ({ operation }) => <Toggle what="operation" value={operation} label={operation} />,
            },
            { head: 'Receipts', numeric: true, cell: ({ receipts }) => receipts.toLocaleString('en') },
          ]}
        />
      </Group>
      <Group title="People" says="Closes every part that names them, and withholds every document that does.">
        <RowsTable
          caption="People"
          rows={whole.people}
          keyOf={({ user }) => user}
          columns={[
            {
              head: 'Close',
              cell: ({ user }) => <Toggle what="person" value={user} label={people.get(user) ?? user} />,
            },
            { head: 'Receipts', numeric: true, cell: ({ receipts }) => receipts.toLocaleString('en') },
          ]}
        />
      </Group>
      {whole.documents.length === 0 ? null : (
        <Group title="Documents" says="Digest and name of a withheld document stay in the manifest.">
          <RowsTable
            caption="Documents"
            rows={whole.documents}
            keyOf={({ name }) => name}
            columns={[
              { head: 'Withhold', cell: ({ name }) => <Toggle what="document" value={name} label={name} /> },
              { head: 'In the bundle', cell: ({ name }) => (withheld.has(name) ? 'withheld' : 'shown') },
              { head: 'Takes', numeric: true, cell: (document) => bytes(document.bytes) },
            ]}
          />
        </Group>
      )}
    </>
  )
}

function Group(props: { readonly title: string; readonly says: string; readonly children: ReactNode }) {
  return (
    <Box>
      <Typography variant="h3">{props.title}</Typography>
      <Typography variant="body2" color="textSecondary" sx={{ mb: 1 }}>
        {props.says}
      </Typography>
      {props.children}
    </Box>
  )
}

function Toggle(props: { readonly what: Closable; readonly value: string; readonly label: string }) {
  const [address, setAddress] = useSearchParams()
  const { what, value } = props
  const closed = address.getAll(what).includes(value)
  return (
    <FormControlLabel
      control={
        <Checkbox
          size="small"
          checked={closed}
          onChange={(_event, close) =>
            setAddress((before) => toggled(before, what, value, close), { preventScrollReset: true })
          }
          slotProps={{
            input: { 'aria-label': `${what === 'document' ? 'Withhold' : 'Close'} ${visible(props.label)}` },
          }}
        />
      }
      label={<UntrustedText text={props.label} most={200} />}
      slotProps={{ typography: { variant: 'body2' } }}
    />
  )
}
