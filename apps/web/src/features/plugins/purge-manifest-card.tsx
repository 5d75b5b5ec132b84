import { Alert, Box, Button, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { Link } from 'react-router'
import { bytes, count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'

export interface Purged {
  readonly manifest: OutputOf<OperationByName<'plugin.uninstall'>>
  readonly receiptId: string | undefined
  readonly forgotten: boolean
}

/** What an uninstall removed, what it kept and why, and what a search of everything still found. */
export function PurgeManifestCard({
  purged: { manifest, receiptId, forgotten },
}: {
  readonly purged: Purged
}) {
  const { id, version, digest, removed, kept, residue, scanned } = manifest
  const save = () => {
    const text = `${JSON.stringify({ ...manifest, receipt: receiptId ?? null }, undefined, 2)}\n`
    saveFile(`${id}-${version}.purge.json`, new TextEncoder().encode(text), 'application/json')
  }
  return (
    <Section id="purge-manifest" title={`Purge manifest of ${id} ${version}`}>
      <Typography component="code" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
        {digest}
      </Typography>
      <Alert severity={residue.length === 0 ? 'success' : 'error'} variant="outlined">
        {residue.length === 0
          ? 'Nothing of it is left.'
          : `Something of it is still in ${count(residue.length, 'place')}.`}{' '}
        Searched: {count(scanned.tables, 'table')} and {count(scanned.files, 'file')}, {bytes(scanned.bytes)}.
      </Alert>
      {residue.length === 0 ? null : (
        <RowsTable
          caption="What is left"
          rows={residue}
          keyOf={({ where, what }) => `${where} ${what}`}
          columns={[
            { head: 'Where', cell: (row) => <UntrustedText text={row.where} /> },
            { head: 'What', cell: (row) => <UntrustedText text={row.what} /> },
          ]}
        />
      )}
      <RowsTable
        caption="What was removed"
        rows={removed}
        keyOf={({ what }) => what}
        columns={[
          { head: 'Removed', cell: (row) => row.what },
          { head: 'How many', numeric: true, cell: (row) => row.count.toLocaleString('en') },
        ]}
      />
      <RowsTable
        caption="What was kept"
        rows={kept}
        keyOf={({ what }) => what}
        columns={[
          { head: 'Kept', cell: (row) => row.what },
          { head: 'Why', cell: (row) => row.why },
        ]}
      />
      <Typography color="textSecondary">
        This page shows it until you leave it. Save it if you want to keep it; the receipt holds its digest.
      </Typography>
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
        <Button variant="outlined" startIcon={<Icon name="download" />} onClick={save}>
          Save the manifest
        </Button>
        {receiptId === undefined ? null : <ReceiptChip id={receiptId} />}
      </Stack>
      {forgotten ? (
        <Box>
          <Button component={Link} to="/plugins">
            Go to the other packages
          </Button>
        </Box>
      ) : null}
    </Section>
  )
}
