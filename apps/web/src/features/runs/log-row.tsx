import { Link } from 'react-router'
import { visible } from '../../parts/untrusted-text.tsx'
import type { LogLine } from './read-events.ts'

const longestShown = 4_000

/** How the lines look; on the element around them, since ten thousand lines share it. */
export const logLook = {
  border: 1,
  borderColor: 'divider',
  borderRadius: 1,
  bgcolor: 'background.default',
  fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  fontSize: '0.8125rem',
  // Whole pixels: the list adds up rounded heights, and a fraction of one would be pages after thousands of lines.
  lineHeight: '20px',
  height: '56dvh',
  minHeight: 240,
  '& .line': { display: 'flex', gap: '1ch', px: 1, borderLeft: '3px solid transparent' },
  '& .line.marked': { bgcolor: 'action.selected', borderLeftColor: 'primary.main' },
  '& .number': {
    flex: 'none',
    minWidth: '5ch',
    textAlign: 'right',
    color: 'text.secondary',
    textDecoration: 'none',
    fontVariantNumeric: 'tabular-nums',
    '&:hover, &:focus-visible': { textDecoration: 'underline', color: 'primary.main' },
  },
  '& .at': { flex: 'none', color: 'text.secondary', display: { xs: 'none', sm: 'inline' } },
  '& .stream': { flex: 'none', width: '3ch', color: 'text.secondary' },
  '& .err .stream': { color: 'error.main', fontWeight: 700 },
  '& .text': { minWidth: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
} as const

/** One line, as text whatever it holds. Its number is its link; by keyboard the field "Line" goes to it. */
export function LogRow(props: { readonly line: LogLine; readonly to: string; readonly isMarked: boolean }) {
  const { line, to, isMarked } = props
  const text = line.text.length > longestShown ? `${line.text.slice(0, longestShown)}…` : line.text
  const kind = line.stream === 'err' ? ' err' : ''
  return (
    <div className={`line${kind}${isMarked ? ' marked' : ''}`}>
      <Link
        className="number"
        to={to}
        replace
        preventScrollReset
        tabIndex={-1}
        aria-label={`Line ${line.line}`}
      >
        {line.line}
      </Link>
      <span className="at">{new Date(line.at).toISOString().slice(11, 23)}</span>
      <span className="stream">{line.stream}</span>
      <bdi className="text">{visible(text)}</bdi>
    </div>
  )
}
