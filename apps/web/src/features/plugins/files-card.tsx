import { Typography } from '@mui/material'
import { bytes, count } from '../../parts/format.ts'
import { RowsTable } from '../../parts/rows-table.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { PackageDetail } from './consent.ts'

export function FilesCard({ files }: { readonly files: PackageDetail['files'] }) {
  const sum = files.reduce((total, file) => total + file.bytes, 0)
  return (
    <Section id="files" title="Files">
      <Typography color="textSecondary">
        {count(files.length, 'file')}, {bytes(sum)}. Each was held against the SHA-256 that the SBOM states.
      </Typography>
      <RowsTable
        caption="Files of the package"
        rows={files}
        keyOf={({ path }) => path}
        columns={[
          { head: 'Path', cell: (file) => <UntrustedText text={file.path} most={300} /> },
          { head: 'Size', numeric: true, cell: (file) => bytes(file.bytes) },
          { head: 'SHA-256', cell: (file) => <code>{file.sha256}</code> },
        ]}
      />
    </Section>
  )
}
