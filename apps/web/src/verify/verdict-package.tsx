import { Stack } from '@mui/material'
import type { PackageReport, RefusedPackage } from '@switchboard/verifier/worker-client'
import { FactList } from '../parts/fact-list.tsx'
import { bytes, count } from '../parts/format.ts'
import { RowsTable } from '../parts/rows-table.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { FindingItem } from './verdict-findings.tsx'
import { VerdictSection } from './verdict-section.tsx'

/** What a verified package is, asks for and holds; or why it must not run. */
export function VerdictPackage({ report }: { readonly report: PackageReport | RefusedPackage }) {
  if (!report.ok)
    return (
      <VerdictSection title="What broke">
        <Stack component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
          <FindingItem isRed where={report.where} rule={report.code} message={report.message} />
        </Stack>
        <FactList facts={[['The rule', report.rule]]} />
      </VerdictSection>
    )
  const { required, optional } = report.asks
  const text = (given: string | undefined) =>
    given === undefined ? undefined : <UntrustedText text={given} most={300} />
  return (
    <>
      <VerdictSection title="The package">
        <FactList
          facts={[
            ['Package', text(`${report.name} ${report.version}`)],
            ['Title', text(report.title)],
            [
              'Kind',
              report.what === 'plugin' ? 'plugin: code that runs in the sandbox' : 'data: a table, no code',
            ],
            ['Licence', text(report.licence)],
            ['Publisher', text(report.publisher)],
            ['Signed by key', <code key="key">{report.keyId}</code>],
            ['Digest', <code key="digest">{report.digest}</code>],
            ['Asks for', required.length === 0 ? 'nothing' : text(required.join(', '))],
            ['May ask for', optional.length === 0 ? undefined : text(optional.join(', '))],
          ]}
        />
      </VerdictSection>
      <VerdictSection title={`Its ${count(report.files.length, 'file')}`}>
        <RowsTable
          caption="Files of the package"
          rows={report.files}
          keyOf={({ path }) => path}
          columns={[
            { head: 'File', cell: ({ path }) => <UntrustedText text={path} most={300} /> },
            { head: 'Size', numeric: true, cell: (file) => bytes(file.bytes) },
          ]}
        />
      </VerdictSection>
    </>
  )
}
