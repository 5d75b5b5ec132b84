import { Typography } from '@mui/material'
import { Instant } from '../../parts/instant.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'

interface Source {
  readonly name: string
  readonly version: string
  readonly licence: string
}

/** What a data package holds, out of its manifest: sources with licences, and when it was taken. */
export function SourcesCard({ manifest }: { readonly manifest: unknown }) {
  // Parsed by the verifier before it was stored; the operation answers it as any JSON.
  const {
    sources = [],
    capturedAt,
    licence,
  } = manifest as {
    readonly sources?: readonly Source[]
    readonly capturedAt?: number
    readonly licence?: string
  }
  return (
    <Section id="sources" title="Where the data comes from">
      <Typography color="textSecondary">
        {capturedAt === undefined ? null : (
          <>
            Taken <Instant ms={capturedAt} />.{' '}
          </>
        )}
        Licence: <UntrustedText text={licence ?? 'not stated'} most={120} />. Plugins look single rows up in
        it, where that was granted; the table itself is handed to none.
      </Typography>
      <RowsTable
        caption="Sources of the data"
        rows={sources}
        keyOf={({ name, version }) => `${name} ${version}`}
        columns={[
          { head: 'Source', cell: (row) => <UntrustedText text={row.name} most={120} /> },
          { head: 'Version', cell: (row) => <UntrustedText text={row.version} most={120} /> },
          { head: 'Licence', cell: (row) => <UntrustedText text={row.licence} most={120} /> },
        ]}
      />
    </Section>
  )
}
