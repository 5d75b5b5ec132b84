import { Box, Typography } from '@mui/material'
import { useId, useRef, useState } from 'react'
import type { KeyboardEvent } from 'react'
import { visible } from '../../parts/untrusted-text.tsx'
import type { Stretch } from './mark-text.ts'
import type { Indicator } from './read-results.ts'

const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

/**
 * A text with its indicators where they stand. The marks are one stop for the keyboard, in which arrows move; Enter, Space or
 * a click chooses one. Characters that nobody would see are shown, so the text never looks other than it is.
 */
export function MarkedText(props: {
  readonly stretches: readonly Stretch[]
  readonly indicators: readonly Indicator[]
  /** Where the chosen mark starts. */
  readonly chosen: number | undefined
  readonly onChoose: (start: number) => void
}) {
  const { stretches, indicators, chosen, onChoose } = props
  const hint = useId()
  const text = useRef<HTMLDivElement>(null)
  const starts = stretches.flatMap((stretch) => (stretch.kind === 'mark' ? [stretch.start] : []))
  const [entered, setEntered] = useState<number>()
  const stop = entered ?? (chosen !== undefined && starts.includes(chosen) ? chosen : starts[0])

  const onKeyDown = (event: KeyboardEvent, start: number) => {
    const by = steps[event.key]
    const to =
      event.key === 'Home'
        ? starts[0]
        : event.key === 'End'
          ? starts.at(-1)
          : by === undefined
            ? undefined
            : starts.at((starts.indexOf(start) + by) % starts.length)
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      onChoose(start)
    } else if (to !== undefined) {
      event.preventDefault()
      setEntered(to)
      text.current?.querySelector<HTMLElement>(`[data-start="${to}"]`)?.focus()
    }
  }
  return (
    <div>
      <Typography id={hint} variant="body2" color="textSecondary" sx={{ mb: 0.5 }}>
        Choose a mark to see what it is: by the mouse, or with Tab, arrows and Enter.
      </Typography>
      <Box
        ref={text}
        role="toolbar"
        aria-label="Your text with its indicators"
        aria-describedby={hint}
        dir="auto"
        sx={{
          whiteSpace: 'pre-wrap',
          overflowWrap: 'anywhere',
          border: 1,
          borderColor: 'divider',
          borderRadius: 1,
          p: 2,
          lineHeight: 2.1,
          maxHeight: '60dvh',
          overflow: 'auto',
          bgcolor: 'background.default',
        }}
      >
        {stretches.map((stretch, at) =>
          stretch.kind === 'plain' ? (
            <span key={at}>{visible(stretch.text)}</span>
          ) : (
            <Box
              key={at}
              component="span"
              role="button"
              tabIndex={stretch.start === stop ? 0 : -1}
              aria-pressed={stretch.start === chosen}
              aria-label={`${kindsOf(stretch, indicators)}: ${visible(stretch.text)}`}
              data-start={stretch.start}
              data-kind={kindsOf(stretch, indicators)}
              onClick={() => {
                setEntered(stretch.start)
                onChoose(stretch.start)
              }}
              onKeyDown={(event: KeyboardEvent) => onKeyDown(event, stretch.start)}
              sx={{
                cursor: 'pointer',
                borderRadius: '4px',
                px: '3px',
                py: '2px',
                boxDecorationBreak: 'clone',
                WebkitBoxDecorationBreak: 'clone',
                bgcolor: 'action.selected',
                borderBottom: 2,
                borderColor: 'primary.main',
                '&:hover': { bgcolor: 'action.focus' },
                '&:focus-visible': {
                  outline: '2px solid',
                  outlineColor: 'primary.main',
                  outlineOffset: '1px',
                },
                '&[aria-pressed="true"]': { bgcolor: 'primary.main', color: 'primary.contrastText' },
                // The kind stands beside the mark without being part of the text that one copies.
                '&::after': {
                  content: 'attr(data-kind)',
                  fontSize: '0.7em',
                  fontWeight: 600,
                  ml: '6px',
                  opacity: 0.9,
                },
              }}
            >
              {visible(stretch.text)}
            </Box>
          ),
        )}
      </Box>
    </div>
  )
}

function kindsOf(stretch: Extract<Stretch, { kind: 'mark' }>, indicators: readonly Indicator[]): string {
  return [...new Set(stretch.indicators.map((at) => visible(indicators[at]?.kind ?? '')))].join(', ')
}
