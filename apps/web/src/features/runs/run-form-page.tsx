import { Button, Grid } from '@mui/material'
import { Link, useParams, useSearchParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { useSelf } from '../../app/use-self.ts'
import { Answered } from '../../parts/answered.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Page } from '../../parts/page.tsx'
import { CostPreview } from './cost-preview.tsx'
import { PluginForm } from './plugin-form.tsx'

/** `/plugins/:id/run?case=…&from=…`: what a plugin is to be given, and what that may cost. */
export function RunFormPage() {
  const { id = '' } = useParams()
  const [params] = useSearchParams()
  const self = useSelf()
  const from = params.get('from') ?? ''
  const detail = useRead('plugin.detail', { id })
  const earlier = useRead('run.detail', { id: from }, { when: /^run_[0-9a-f]{32}$/.test(from) })
  const isReady = self !== undefined && (earlier.data !== undefined || earlier.fetchStatus === 'idle')
  return (
    <Page
      title={`Run ${id}`}
      lead={
        detail.data?.ok === true && detail.data.value.package.summary !== ''
          ? detail.data.value.package.summary
          : 'What it is given, and what that may cost.'
      }
      actions={
        <Button component={Link} to={`/plugins/${encodeURIComponent(id)}`} variant="outlined">
          See the plugin
        </Button>
      }
    >
      <Answered read={detail}>
        {({ installation, manifest, runBudgets }) =>
          installation === null ? (
            <EmptyState
              says={`${id} is not installed, so it cannot be run.`}
              next={
                <Button component={Link} to={`/plugins/${encodeURIComponent(id)}`} variant="contained">
                  Install {id}
                </Button>
              }
            />
          ) : runBudgets === null ? (
            <EmptyState
              says={`${id} is a data package: plugins look things up in it, and it does not run.`}
              next={
                <Button component={Link} to="/plugins?kind=plugin&installed=yes" variant="contained">
                  Choose a plugin
                </Button>
              }
            />
          ) : (
            <Grid container spacing={3}>
              <Grid size={{ xs: 12, md: 7 }}>
                {isReady ? (
                  <PluginForm
                    // Another run to begin from is another form.
                    key={`${id} ${from}`}
                    plugin={id}
                    user={self.id}
                    schema={(manifest as { readonly input?: unknown }).input}
                    given={earlier.data?.ok === true ? earlier.data.value.input : undefined}
                  />
                ) : null}
              </Grid>
              <Grid size={{ xs: 12, md: 5 }}>
                <CostPreview plugin={id} budgets={runBudgets} />
              </Grid>
            </Grid>
          )
        }
      </Answered>
    </Page>
  )
}
