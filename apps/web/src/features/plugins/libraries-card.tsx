import { Box, Button, Typography } from '@mui/material'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { fromBase64, saveFile } from '../../parts/save-file.ts'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { PackageDetail } from './consent.ts'

/** Whose code is in the package beside its author's, as the signed SBOM says. */
export function LibrariesCard({ detail: { package: shown } }: { readonly detail: PackageDetail }) {
  const { name, version } = shown
  const read = useRead('plugin.sbom', { id: name, version })
  return (
    <Section id="libraries" title="What it is made of">
      <Answered read={read}>
        {({ libraries, spdx }) => (
          <>
            <Typography color="textSecondary">
              {libraries.length === 0
                ? 'Its SBOM names no libraries: the code is its author’s own.'
                : `${count(libraries.length, 'library', 'libraries')} bundled into it.`}{' '}
              The SBOM is signed with the package; what it says of libraries is the publisher’s word.
            </Typography>
            {libraries.length === 0 ? null : (
              <RowsTable
                caption="Libraries"
                rows={libraries.map((library, place) => ({ ...library, place }))}
                keyOf={({ place }) => String(place)}
                columns={[
                  { head: 'Library', cell: (row) => <UntrustedText text={row.name} most={200} /> },
                  { head: 'Version', cell: (row) => <UntrustedText text={row.version} most={100} /> },
                  {
                    head: 'Licence',
                    cell: (row) => <UntrustedText text={row.licence ?? 'not stated'} most={200} />,
                  },
                  {
                    head: 'Package URL',
                    cell: (row) =>
                      row.purl === null ? 'not stated' : <UntrustedText text={row.purl} most={300} />,
                  },
                ]}
              />
            )}
            <Box>
              <Button
                variant="outlined"
                startIcon={<Icon name="download" />}
                onClick={() =>
                  saveFile(`${name}-${version}.spdx.json`, fromBase64(spdx), 'application/spdx+json')
                }
              >
                Save the SBOM
              </Button>
            </Box>
          </>
        )}
      </Answered>
    </Section>
  )
}
