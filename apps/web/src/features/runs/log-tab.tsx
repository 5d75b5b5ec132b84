import { Alert, Box, Button, Stack, TextField, Typography } from '@mui/material'
import { useEffect, useRef, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { Virtuoso } from 'react-virtuoso'
import type { VirtuosoHandle } from 'react-virtuoso'
import { CommandLine } from '../../parts/command-line.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { Section } from '../../parts/section.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { logLook, LogRow } from './log-row.tsx'
import type { LogLine } from './read-events.ts'
import { useRunLog } from './use-run-log.ts'
import type { RunLog } from './use-run-log.ts'

const mostSteps = 8
const framesToEnd = 12
const looksBack = new Set(['ArrowUp', 'PageUp', 'Home'])
const says: Readonly<Record<RunLog['state'], string>> = {
  connecting: 'Waiting for the first line',
  following: 'Live',
  interrupted: 'Interrupted; it goes on where it stopped',
  ended: 'Complete',
}

/** The log as it is written: followed or paused, to the first error, to a line that can be linked to. */
export function LogTab({ run }: { readonly run: string }) {
  const log = useRunLog(run)
  const [params] = useSearchParams()
  const [wanted, setWanted] = useUrlState('line', '', { replace: true })
  const marked = /^[1-9][0-9]{0,9}$/.test(wanted) ? Number(wanted) : undefined
  // Paused means: no line more than was there then.
  const [pausedAt, setPausedAt] = useState<number | undefined>()
  const list = useRef<VirtuosoHandle>(null)
  const scroller = useRef<HTMLElement>(null)
  const all = log.lines
  const lines = pausedAt === undefined ? all : all.slice(0, pausedAt)
  const isFollowing = pausedAt === undefined && marked === undefined
  const firstError = all.find(({ stream }) => stream === 'err')

  const markedIsThere = marked !== undefined && all.length >= marked
  // Heights are guessed until lines were drawn once: the way to a far line may take more than one step.
  const sought = useRef<{ index: number; steps: number } | undefined>(undefined)
  const seek = (): void => {
    if (sought.current === undefined) return
    sought.current.steps -= 1
    list.current?.scrollToIndex({ index: sought.current.index, align: 'center' })
    if (sought.current.steps === 0) sought.current = undefined
  }
  useEffect(() => {
    if (marked === undefined || !markedIsThere) return
    sought.current = { index: marked - 1, steps: mostSteps }
    seek()
  }, [marked, markedIsThere])

  // New lines have their height some frames later, so the end is gone to until it stays where it is.
  useEffect(() => {
    if (!isFollowing || lines.length === 0) return
    let frames = framesToEnd
    const toEnd = () => {
      if (scroller.current !== null) scroller.current.scrollTop = scroller.current.scrollHeight
      frames -= 1
      frame = frames > 0 ? requestAnimationFrame(toEnd) : 0
    }
    let frame = requestAnimationFrame(toEnd)
    return () => cancelAnimationFrame(frame)
  }, [isFollowing, lines.length])

  const linkTo = (line: number): string => {
    const search = new URLSearchParams(params)
    search.set('line', String(line))
    return `?${search.toString()}`
  }
  const pause = () => {
    if (isFollowing) setPausedAt(all.length)
  }
  const toggle = () => {
    if (isFollowing) pause()
    else {
      setPausedAt(undefined)
      setWanted('')
    }
  }
  const goTo = (line: number) => {
    setPausedAt(undefined)
    setWanted(String(line))
  }

  return (
    <Section
      id="log"
      title="Log"
      actions={
        <>
          <Button
            size="small"
            variant="outlined"
            startIcon={<Icon name={isFollowing ? 'pause' : 'play'} />}
            onClick={toggle}
          >
            {isFollowing ? 'Pause' : 'Follow'}
          </Button>
          <Button
            size="small"
            variant="outlined"
            color={firstError === undefined ? 'inherit' : 'error'}
            startIcon={<Icon name="warning" />}
            disabled={firstError === undefined}
            onClick={() => (firstError === undefined ? undefined : goTo(firstError.line))}
          >
            Go to the first error
          </Button>
          <GoToLine last={all.length} onGo={goTo} />
          <Button
            size="small"
            variant="outlined"
            startIcon={<Icon name="download" />}
            disabled={all.length === 0}
            onClick={() => saveFile(`${run}.log`, new TextEncoder().encode(textOf(all)), 'text/plain')}
          >
            Save the log
          </Button>
        </>
      }
    >
      <Typography variant="body2" color="textSecondary" role="status">
        {says[log.state]}
        {all.length === 0 ? '' : ` · ${count(all.length, 'line')}`}
        {pausedAt !== undefined && all.length > pausedAt
          ? ` · ${count(all.length - pausedAt, 'new line')} since you paused`
          : ''}
        {marked === undefined ? '' : ` · at line ${marked.toLocaleString('en')}`}
      </Typography>
      {marked !== undefined && log.state === 'ended' && !markedIsThere ? (
        <Alert severity="info" variant="outlined">
          There is no line {marked.toLocaleString('en')}: the log has {count(all.length, 'line')}.
        </Alert>
      ) : null}
      {all.length === 0 ? (
        <EmptyState
          says={
            log.state === 'ended'
              ? 'It wrote nothing.'
              : 'Nothing has been written yet. Lines appear here as they are.'
          }
        />
      ) : (
        <Box
          sx={logLook}
          role="region"
          aria-label="Lines of the log"
          // Whoever looks back must not be carried to the end by the next line.
          onWheel={({ deltaY }) => (deltaY < 0 ? pause() : undefined)}
          onTouchMove={pause}
          onKeyDown={({ key }) => (looksBack.has(key) ? pause() : undefined)}
        >
          <Virtuoso
            ref={list}
            totalCount={lines.length}
            {...(isFollowing ? { initialTopMostItemIndex: Math.max(0, lines.length - 1) } : {})}
            defaultItemHeight={20}
            rangeChanged={({ startIndex, endIndex }) => {
              const index = sought.current?.index
              if (index === undefined) return
              if (index >= startIndex && index <= endIndex) sought.current = undefined
              else seek()
            }}
            scrollerRef={(element) => {
              scroller.current = element instanceof HTMLElement ? element : null
            }}
            computeItemKey={(index) => index}
            itemContent={(index) => {
              const line = lines[index]
              return line === undefined ? null : (
                <LogRow line={line} to={linkTo(line.line)} isMarked={line.line === marked} />
              )
            }}
          />
        </Box>
      )}
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
        <Box sx={{ flex: 1, minWidth: 0 }}>
          <CommandLine command={`npx switchboard run log ${run} --follow`} />
        </Box>
        {marked === undefined ? null : (
          <Button component={Link} to={linkTo(marked)} size="small" startIcon={<Icon name="link" />}>
            Link to line {marked.toLocaleString('en')}
          </Button>
        )}
      </Stack>
    </Section>
  )
}

function GoToLine({ last, onGo }: { readonly last: number; readonly onGo: (line: number) => void }) {
  const [text, setText] = useState('')
  const line = Number(text)
  const isLine = Number.isSafeInteger(line) && line >= 1 && line <= last
  return (
    <Stack
      component="form"
      direction="row"
      spacing={0.5}
      onSubmit={(event) => {
        event.preventDefault()
        if (isLine) onGo(line)
      }}
    >
      <TextField
        size="small"
        label="Line"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={text !== '' && !isLine}
        slotProps={{ htmlInput: { inputMode: 'numeric', size: 6 } }}
      />
      <Button type="submit" size="small" variant="outlined" disabled={!isLine}>
        Go to line
      </Button>
    </Stack>
  )
}

function textOf(lines: readonly LogLine[]): string {
  return lines.map(({ at, stream, text }) => `${new Date(at).toISOString()} ${stream} ${text}\n`).join('')
}
