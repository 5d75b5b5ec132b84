import { Button, Card, CardContent, Stack, Typography } from '@mui/material'
import { EmptyState } from '../../parts/empty-state.tsx'
import { bytes } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { JsonTree } from './json-tree.tsx'
import { isActive } from './run-state.ts'
import type { RunDetail } from './run-state.ts'

/** What the run answered: to unfold, its sources as links, and to save as it is. */
export function ResultTab({ detail }: { readonly detail: RunDetail }) {
  const { run, result, usage } = detail
  if (run.state !== 'succeeded')
    return (
      <EmptyState
        says={
          isActive(run.state)
            ? 'It has not answered yet. What it answers appears here when it ends.'
            : 'It ended without a result.'
        }
      />
    )
  return (
    <Card component="section" aria-labelledby="result">
      <CardContent>
        <Stack spacing={2}>
          <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
            <Typography variant="h2" id="result" sx={{ mr: 'auto' }}>
              Result{usage === null ? '' : `, ${bytes(usage.outputBytes)}`}
            </Typography>
            <Button
              size="small"
              variant="outlined"
              startIcon={<Icon name="download" />}
              onClick={() =>
                saveFile(
                  `${run.package}-${run.id}.json`,
                  new TextEncoder().encode(JSON.stringify(result, undefined, 2)),
                  'application/json',
                )
              }
            >
              Save as JSON
            </Button>
          </Stack>
          <JsonTree value={result} label="Result" />
        </Stack>
      </CardContent>
    </Card>
  )
}
