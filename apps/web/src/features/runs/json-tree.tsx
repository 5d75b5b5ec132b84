import { Box, Button } from '@mui/material'
import { useState } from 'react'
import { CitationChips } from '../../parts/citation-chips.tsx'
import { ShowMore } from '../../parts/show-more.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { childrenOf, opensByItself, scalarText, summaryOf } from './json-node.ts'

const pageChildren = 100
const longestText = 2_000

const look = {
  fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  fontSize: '0.8125rem',
  lineHeight: 1.6,
  '& ul': { listStyle: 'none', m: 0, pl: { xs: 1.5, sm: 2.5 }, borderLeft: 1, borderColor: 'divider' },
  '& li': { py: 0.125, minWidth: 0, overflowWrap: 'anywhere' },
  '& .name': { color: 'text.secondary' },
  '& .fold': {
    font: 'inherit',
    color: 'inherit',
    bgcolor: 'transparent',
    border: 0,
    borderRadius: 0.5,
    px: 0.5,
    ml: -0.5,
    minHeight: 24,
    textAlign: 'left',
    cursor: 'pointer',
    overflowWrap: 'anywhere',
    '&:hover': { bgcolor: 'action.hover' },
    '&:focus-visible': { outline: 2, outlineColor: 'primary.main' },
  },
} as const

/** JSON of any size, to unfold: only what is open is drawn, a hundred children at a time. All of it is text. */
export function JsonTree({ value, label }: { readonly value: unknown; readonly label: string }) {
  return (
    <Box sx={look} role="group" aria-label={label}>
      <Node name={undefined} value={value} depth={0} />
    </Box>
  )
}

interface NodeProps {
  readonly name: string | undefined
  readonly value: unknown
  readonly depth: number
}

function Node({ name, value, depth }: NodeProps) {
  if (name === 'citations' && Array.isArray(value))
    return (
      <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
        <span className="name">sources</span>
        <CitationChips citations={value} />
      </Box>
    )
  return typeof value === 'object' && value !== null ? (
    <Branch name={name} value={value} depth={depth} />
  ) : (
    <Leaf name={name} value={value} />
  )
}

function Branch({ name, value, depth }: NodeProps & { readonly value: object }) {
  const [open, setOpen] = useState(() => opensByItself(value, depth))
  const [shown, setShown] = useState(pageChildren)
  const children = open ? childrenOf(value, shown) : undefined
  return (
    <>
      <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span aria-hidden="true">{open ? '▾' : '▸'} </span>
        {name === undefined ? null : <span className="name">{visible(name.slice(0, 200))}: </span>}
        {summaryOf(value)}
      </button>
      {children === undefined ? null : (
        <ul>
          {children.some.map(([key, child]) => (
            <li key={key}>
              <Node name={key} value={child} depth={depth + 1} />
            </li>
          ))}
          {children.left === 0 ? null : (
            <li>
              <ShowMore
                all={shown + children.left}
                shown={shown}
                onMore={() => setShown(shown + pageChildren)}
              />
            </li>
          )}
        </ul>
      )}
    </>
  )
}

function Leaf({ name, value }: { readonly name: string | undefined; readonly value: unknown }) {
  const [whole, setWhole] = useState(false)
  const text = scalarText(value)
  return (
    <span>
      {name === undefined ? null : <span className="name">{visible(name.slice(0, 200))}: </span>}
      <UntrustedText text={text} most={whole ? Number.MAX_SAFE_INTEGER : longestText} />
      {text.length > longestText && !whole ? (
        <Button size="small" onClick={() => setWhole(true)}>
          Show all {text.length.toLocaleString('en')} characters
        </Button>
      ) : null}
    </span>
  )
}
