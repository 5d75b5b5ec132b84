import { Button } from '@mui/material'
import { EmptyState } from '../../parts/empty-state.tsx'
import { bytes } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { Section } from '../../parts/section.tsx'
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
    <Section
      id="result"
      title={`Result${usage === null ? '' : `, ${bytes(usage.outputBytes)}`}`}
      actions={
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
      }
    >
      <JsonTree value={result} label="Result" />
    </Section>
  )
}
