import { Box, Typography } from '@mui/material'
import { count, duration } from '../../parts/format.ts'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import type { OtherAnswer } from './attack.ts'
import { exhaustWays } from './attacks.ts'

const barWidth = 8
const gap = 2
const height = 64

/** The answers of the other plugin, one bar each, as they come; the list below says the same in words. */
export function AnswerStrip({ answers }: { readonly answers: readonly OtherAnswer[] }) {
  const good = answers.filter(({ answered }) => answered)
  const slowest = Math.max(1, ...answers.map(({ tookMs }) => tookMs))
  const width = Math.max(1, answers.length) * (barWidth + gap)
  return (
    <Box component="section" aria-label="What another plugin answered meanwhile">
      <Typography variant="h3">Meanwhile, ioc-triage</Typography>
      <Typography variant="body2" aria-live="polite">
        {answers.length === 0
          ? 'It is asked from the moment on at which the attack begins.'
          : `answered ${good.length} of ${count(answers.length, 'question')}, the slowest in ${duration(slowest * 1_000)}.`}
      </Typography>
      {answers.length === 0 ? null : (
        <>
          <Box
            component="svg"
            viewBox={`0 0 ${width} ${height}`}
            role="img"
            aria-label={`A bar for each answer, as high as it took long; the highest is ${duration(slowest * 1_000)}.`}
            sx={{ display: 'block', width: '100%', maxWidth: width * 1.5, height, my: 1 }}
            preserveAspectRatio="none"
          >
            {answers.map(({ tookMs, answered }, at) => {
              const tall = Math.max(3, (tookMs / slowest) * height)
              return (
                <Box
                  component="rect"
                  key={at}
                  x={at * (barWidth + gap)}
                  y={height - tall}
                  width={barWidth}
                  height={tall}
                  sx={{
                    fill: ({ vars }) => (answered ? vars?.palette.success.main : vars?.palette.error.main),
                  }}
                />
              )
            })}
          </Box>
          <Box component="details">
            <Box component="summary" sx={{ cursor: 'pointer', py: 0.5 }}>
              The same as a list
            </Box>
            <RowsTable
              caption="Answers of ioc-triage during the attack"
              rows={answers.map((answer, at) => ({ ...answer, at }))}
              keyOf={({ at }) => String(at)}
              columns={[
                { head: 'Asked after', cell: ({ atMs }) => duration(atMs * 1_000), numeric: true },
                { head: 'Answer', cell: ({ answered }) => (answered ? 'as always' : 'none, or another') },
                { head: 'Took', cell: ({ tookMs }) => duration(tookMs * 1_000), numeric: true },
                { head: 'During', cell: ({ during }) => wordsOf(during) },
                {
                  head: 'Receipt',
                  cell: ({ receiptId }) => (receiptId === undefined ? '' : <ReceiptChip id={receiptId} />),
                },
              ]}
            />
          </Box>
        </>
      )}
    </Box>
  )
}

function wordsOf(during: string): string {
  if (during === 'escape') return 'the attempts to escape'
  return exhaustWays.find(({ way }) => way === during)?.tried.toLowerCase() ?? during
}
