import { Box, Stack, Typography } from '@mui/material'
import { useState } from 'react'
import { count, duration, money } from '../../parts/format.ts'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { ShowMore } from '../../parts/show-more.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { placeSpans } from './place-spans.ts'
import type { Run, Span } from './run-state.ts'
import { SpanDenial } from './span-denial.tsx'

const pageRows = 100

/** One bar for each call: when it began, how long it took, and what became of it. */
export function Waterfall({ run, spans }: { readonly run: Run; readonly spans: readonly Span[] }) {
  const [shown, setShown] = useState(pageRows)
  const { bars, lastMs } = placeSpans(run, spans)
  return (
    <Stack spacing={1}>
      <Stack direction="row" sx={{ justifyContent: 'space-between' }} aria-hidden="true">
        <Typography variant="caption" color="textSecondary">
          0 ms: asked for
        </Typography>
        <Typography variant="caption" color="textSecondary">
          {duration(lastMs * 1_000)}
        </Typography>
      </Stack>
      <Box
        component="ol"
        aria-label="Calls of the run, in their order"
        sx={{
          listStyle: 'none',
          m: 0,
          p: 0,
          '& > li': { py: 1, borderTop: 1, borderColor: 'divider' },
          '& .track': { position: 'relative', height: 14, borderRadius: 1, bgcolor: 'action.hover' },
          '& .bar': {
            position: 'absolute',
            top: 0,
            bottom: 0,
            minWidth: 4,
            borderRadius: 1,
            bgcolor: 'primary.main',
          },
          // A refused call differs by shape as well: its bar is an outline.
          '& .bar.refused': { bgcolor: 'transparent', border: 2, borderColor: 'error.main' },
        }}
      >
        {spans.slice(0, shown).map((span, place) => (
          <Box component="li" key={place}>
            <Stack
              direction="row"
              spacing={1.5}
              useFlexGap
              sx={{ flexWrap: 'wrap', alignItems: 'center', mb: 0.5 }}
            >
              <Typography component="span" sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>
                {place + 1} · {span.operation}
              </Typography>
              <Typography component="span" variant="body2" color="textSecondary">
                {duration(span.wallMicros)} · {count(span.rows, 'row')} · {money(span.costMicros)}
              </Typography>
              <Stack direction="row" spacing={1} sx={{ ml: { sm: 'auto' } }}>
                <StateChip state={span.decision} />
                <ReceiptChip id={span.receiptId} />
              </Stack>
            </Stack>
            <div className="track" aria-hidden="true">
              <div
                className={span.decision === 'allowed' ? 'bar' : 'bar refused'}
                style={{ left: `${bars[place]?.left ?? 0}%`, width: `${bars[place]?.width ?? 0}%` }}
              />
            </div>
            <SpanDenial run={run} span={span} />
          </Box>
        ))}
      </Box>
      <ShowMore all={spans.length} shown={shown} onMore={() => setShown(shown + pageRows)} />
    </Stack>
  )
}
