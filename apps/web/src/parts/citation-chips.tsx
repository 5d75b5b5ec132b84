import { Chip, Stack, Typography } from '@mui/material'
import { Link } from 'react-router'
import { visible } from './untrusted-text.tsx'

const mostShown = 8

/**
 * Where something was found, as chips that lead there: a place in a note of a case opens the case with that place marked;
 * a row of a data package says table, version and licence.
 *
 * @param citations as a plugin wrote them: anything at all, so each is parsed here.
 */
export function CitationChips({ citations }: { readonly citations: unknown }) {
  const all = Array.isArray(citations) ? (citations as readonly unknown[]) : []
  const read = all.map(readCitation)
  return (
    <Stack direction="row" spacing={0.5} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
      {read
        .slice(0, mostShown)
        .map(({ label, title, to }, place) =>
          to === undefined ? (
            <Chip key={place} size="small" variant="outlined" label={label} title={title} />
          ) : (
            <Chip
              key={place}
              size="small"
              variant="outlined"
              label={label}
              title={title}
              clickable
              component={Link}
              to={to}
            />
          ),
        )}
      {read.length > mostShown ? (
        <Typography variant="body2" color="textSecondary">
          and {read.length - mostShown} more
        </Typography>
      ) : null}
    </Stack>
  )
}

export interface ReadCitation {
  readonly label: string
  readonly title: string
  /** The page of the console that shows the source. */
  readonly to?: string
}

export function readCitation(given: unknown): ReadCitation {
  const cited =
    typeof given === 'object' && given !== null ? (given as Readonly<Record<string, unknown>>) : {}
  const text = (name: string): string =>
    typeof cited[name] === 'string' ? visible(cited[name].slice(0, 200)) : ''
  const whole = (name: string): number | undefined =>
    Number.isSafeInteger(cited[name]) ? Number(cited[name]) : undefined
  const start = whole('start')
  const end = whole('end')
  if (
    text('source') === 'case-note' &&
    /^case_[0-9a-f]{32}$/.test(text('case')) &&
    start !== undefined &&
    end !== undefined
  ) {
    const place = new URLSearchParams({ note: text('note'), from: String(start), to: String(end) })
    return { label: `note, ${start}–${end}`, title: text('text'), to: `/cases/${text('case')}?${place}` }
  }
  if (text('table') !== '') {
    const row = whole('row')
    const title = `${text('table')} ${text('version')}${row === undefined ? '' : `, row ${row}`}, licence ${text('licence') || 'not said'}`
    return {
      label: `${text('table')} ${text('version')}`,
      title,
      to: `/plugins/${encodeURIComponent(text('table'))}`,
    }
  }
  const label = text('source') || 'a source'
  return { label, title: visible(JSON.stringify(given ?? null).slice(0, 300)) }
}
