import { Button, Stack } from '@mui/material'
import { Link as PageLink, useSearchParams } from 'react-router'
import { useRows } from '../../api/use-rows.ts'
import { useRead } from '../../api/use-read.ts'
import { useMay } from '../../app/use-permissions.ts'
import { useSelf } from '../../app/use-self.ts'
import { AnsweredRows } from '../../parts/answered-rows.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Page } from '../../parts/page.tsx'
import { RunTable } from '../../parts/run-table.tsx'
import { visible } from '../../parts/untrusted-text.tsx'
import { ChoiceFilter } from '../../parts/url-filter.tsx'
import { isActive, runStates } from './run-state.ts'
import type { RunState } from './run-state.ts'

const followMs = 1_500
const idleMs = 15_000
const pageRows = 50

/** `/runs?package&case&state&by`: what ran, newest first; follows those that are still running. */
export function RunsPage() {
  const [params] = useSearchParams()
  const filter = filterOf(params)
  const runs = useRows(
    'run.list',
    { ...filter, limit: pageRows },
    {
      refreshMs: (pages) =>
        pages.some((page) => page.ok && page.value.rows.some(({ state }) => isActive(state)))
          ? followMs
          : idleMs,
    },
  )
  const isFiltered = Object.keys(filter).length > 0
  return (
    <Page title="Runs" lead="What ran, what it asked for, and what it cost. Newest first.">
      <Filters />
      <AnsweredRows
        read={runs}
        empty={
          isFiltered ? (
            <EmptyState
              says="No run fits these filters."
              next={
                <Button component={PageLink} to="/runs" variant="outlined">
                  Show all runs
                </Button>
              }
            />
          ) : (
            <EmptyState
              says="Nothing has been run yet."
              next={
                <Button component={PageLink} to="/plugins?kind=plugin&installed=yes" variant="contained">
                  Choose a plugin to run
                </Button>
              }
            />
          )
        }
      >
        {(rows) => <RunTable caption="Runs, newest first" rows={rows} />}
      </AnsweredRows>
      <CommandLine command={commandFor(filter)} />
    </Page>
  )
}

function Filters() {
  const self = useSelf()
  const plugins = useRead('plugin.list', { kind: 'plugin', limit: 1_000 })
  const cases = useRead('case.list', { limit: 200 }, { when: useMay('case.list') })
  const users = useRead('user.list', {}, { when: useMay('user.list') })
  const others = users.data?.ok === true ? users.data.value.rows : []
  const people = [
    ...(self === undefined ? [] : [{ value: self.id, label: 'me' }]),
    ...others
      .filter(({ id }) => id !== self?.id)
      .map(({ id, name }) => ({ value: id, label: visible(name) })),
  ]
  return (
    <Stack direction="row" spacing={1.5} useFlexGap sx={{ flexWrap: 'wrap' }} role="search" aria-label="Runs">
      <ChoiceFilter
        name="package"
        label="Plugin"
        all="every plugin"
        choices={(plugins.data?.ok === true ? plugins.data.value.rows : []).map(({ name }) => ({
          value: name,
          label: name,
        }))}
      />
      <ChoiceFilter
        name="state"
        label="State"
        all="every state"
        choices={runStates.map((state) => ({ value: state, label: state }))}
      />
      <ChoiceFilter
        name="case"
        label="Case"
        all="every case"
        choices={(cases.data?.ok === true ? cases.data.value.rows : []).map(({ id, title }) => ({
          value: id,
          label: visible(title.slice(0, 60)),
        }))}
      />
      <ChoiceFilter name="by" label="Person" all="everybody" choices={people} />
    </Stack>
  )
}

interface Filter {
  readonly package?: string
  readonly case?: string
  readonly state?: RunState
  readonly by?: string
}

/** What of the address can be a filter: whatever else somebody wrote there is left out. */
function filterOf(params: URLSearchParams): Filter {
  const state = runStates.find((one) => one === params.get('state'))
  const fitting = (name: string, pattern: RegExp): string | undefined => {
    const value = params.get(name) ?? ''
    return pattern.test(value) ? value : undefined
  }
  const plugin = fitting('package', /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)
  const caseId = fitting('case', /^case_[0-9a-f]{32}$/)
  const by = fitting('by', /^usr_[0-9a-f]{32}$/)
  return {
    ...(plugin === undefined ? {} : { package: plugin }),
    ...(caseId === undefined ? {} : { case: caseId }),
    ...(state === undefined ? {} : { state }),
    ...(by === undefined ? {} : { by }),
  }
}

function commandFor(filter: Filter): string {
  const options = Object.entries(filter).map(([name, value]) => ` --${name} ${String(value)}`)
  return `npx switchboard run list${options.join('')}`
}
