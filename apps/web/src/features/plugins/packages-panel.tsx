import { Button, Link as MuiLink, Stack, Typography } from '@mui/material'
import type { InputOf, OperationByName, OutputOf } from '@switchboard/api'
import { Link, useSearchParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { trusts } from './levels.ts'
import { LevelNote, TrustChip } from './package-chips.tsx'
import { PackageFilters } from './package-filters.tsx'

type ListInput = InputOf<OperationByName<'plugin.list'>>
type PackageRow = OutputOf<OperationByName<'plugin.list'>>['rows'][number]
const most = 200

/** The filters of an address, as the operation has them; what is none of its choices is left out. */
function listInput(params: URLSearchParams): ListInput {
  const q = (params.get('q') ?? '').slice(0, 200)
  const kind = (['plugin', 'data'] as const).find((each) => each === params.get('kind'))
  const trust = trusts.find((each) => each === params.get('trust'))
  const installed = params.get('installed')
  return {
    limit: most,
    ...(q === '' ? {} : { q }),
    ...(kind === undefined ? {} : { kind }),
    ...(trust === undefined ? {} : { trust }),
    ...(installed === 'yes' || installed === 'no' ? { installed: installed === 'yes' } : {}),
  }
}

export function PackagesPanel(props: {
  readonly level: string | undefined
  readonly held: ReadonlySet<string>
  readonly add: () => void
}) {
  const [params, setParams] = useSearchParams()
  const input = listInput(params)
  const list = useRead('plugin.list', input)
  return (
    <Stack spacing={2}>
      <PackageFilters />
      <Answered read={list}>
        {({ rows }) =>
          rows.length === 0 ? (
            Object.keys(input).length > 1 ? (
              <EmptyState
                says="No package fits these filters."
                next={
                  <Button variant="outlined" onClick={() => setParams({})}>
                    Clear the filters
                  </Button>
                }
              />
            ) : (
              <EmptyState
                says="No package is on the shelf of your organisation yet."
                next={
                  <AllowedButton operation="package.add" variant="contained" onClick={props.add}>
                    Add a package
                  </AllowedButton>
                }
              />
            )
          ) : (
            <>
              <PackagesTable rows={rows} level={props.level} held={props.held} />
              {rows.length === most ? (
                <Typography color="textSecondary">
                  The first {most} packages. Search for what you want to see the others.
                </Typography>
              ) : null}
            </>
          )
        }
      </Answered>
      <CommandLine command="npx switchboard plugin list" />
    </Stack>
  )
}

function PackagesTable(props: {
  readonly rows: readonly PackageRow[]
  readonly level: string | undefined
  readonly held: ReadonlySet<string>
}) {
  return (
    <RowsTable
      caption="Packages"
      rows={props.rows}
      keyOf={({ name }) => name}
      columns={[
        {
          head: 'Package',
          cell: (row) => (
            <Stack spacing={0.25}>
              <MuiLink component={Link} to={`/plugins/${row.name}`} sx={{ fontWeight: 600 }}>
                <UntrustedText text={row.title} most={120} />
              </MuiLink>
              <Typography variant="body2" color="textSecondary" component="code">
                {row.name} {row.version}
              </Typography>
              <Typography variant="body2" component="div">
                <UntrustedText text={row.summary} most={180} />
              </Typography>
            </Stack>
          ),
        },
        {
          head: 'Publisher',
          cell: (row) => (
            <Stack spacing={0.5} sx={{ alignItems: 'flex-start' }}>
              <UntrustedText text={row.publisher} most={80} />
              <TrustChip trust={row.trust} />
            </Stack>
          ),
        },
        {
          head: 'Sandbox',
          cell: (row) => <LevelNote needed={row.neededLevel} reached={props.level} />,
        },
        {
          head: 'State',
          cell: (row) => (
            <Stack spacing={0.5} sx={{ alignItems: 'flex-start' }}>
              <StateChip state={row.installed ? 'installed' : 'not installed'} />
              {props.held.has(row.name) ? <StateChip state="in quarantine" /> : null}
            </Stack>
          ),
        },
      ]}
    />
  )
}
