import { Box, Button, Checkbox, Chip, Stack, Typography } from '@mui/material'
import { useState } from 'react'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { CitationChips } from '../../parts/citation-chips.tsx'
import { Icon } from '../../parts/icons.tsx'
import type { IconName } from '../../parts/icons.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { changedFields, readProposed } from './proposed.ts'
import type { Change, ProposedRow } from './proposed.ts'

const looks: Readonly<Record<Change['change'], readonly [IconName, string, 'success' | 'info' | 'default']>> =
  {
    create: ['add', 'create', 'success'],
    update: ['pencil', 'change', 'info'],
    same: ['check', 'the same', 'default'],
  }

/** One proposed entity or relation: what it would do, and before and after where it changes something. */
export function ChangeRow(props: {
  readonly row: Change
  readonly isChosen: boolean
  readonly onToggle: () => void
}) {
  const { row, isChosen, onToggle } = props
  const [open, setOpen] = useState(false)
  const proposed = readProposed(row)
  const [icon, label, color] = looks[row.change]
  const name = visible(proposed.title.slice(0, 200))
  return (
    <Box component="li" sx={{ borderTop: 1, borderColor: 'divider', py: 0.75 }}>
      <Stack direction="row" spacing={1} sx={{ alignItems: 'flex-start' }}>
        <Checkbox
          size="small"
          checked={isChosen || row.accepted}
          disabled={row.accepted}
          onChange={onToggle}
          slotProps={{ input: { 'aria-label': `${row.row}: ${name}` } }}
          sx={{ mt: -0.5 }}
        />
        <Box sx={{ flex: 1, minWidth: 0 }}>
          <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
            <Chip
              size="small"
              variant="outlined"
              color={row.accepted ? 'success' : color}
              icon={<Icon name={row.accepted ? 'check' : icon} />}
              label={row.accepted ? 'accepted' : label}
            />
            <Typography component="span" sx={{ fontWeight: 600, minWidth: 0 }}>
              <UntrustedText text={proposed.title} most={200} />
            </Typography>
            <Typography component="span" variant="body2" color="textSecondary">
              <UntrustedText text={proposed.type} most={60} />
            </Typography>
            <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)} sx={{ ml: 'auto' }}>
              {open ? 'Hide' : row.change === 'update' ? 'Before and after' : 'Details'}
            </Button>
          </Stack>
          {Array.isArray(proposed.citations) ? <CitationChips citations={proposed.citations} /> : null}
          {open ? (
            <Box sx={{ mt: 1 }}>
              {row.change === 'update' && proposed.kind === 'entity' ? (
                <BeforeAndAfter proposed={proposed} />
              ) : (
                <JsonView value={row.what} />
              )}
            </Box>
          ) : null}
        </Box>
      </Stack>
    </Box>
  )
}

/** Against the entity as it is now, which the gate is asked for as for any other reading. */
function BeforeAndAfter({ proposed }: { readonly proposed: ProposedRow }) {
  const entity = useRead('graph.entity', { id: proposed.key })
  return (
    <Answered read={entity}>
      {(before) => {
        const changes = changedFields(before, proposed.fields)
        return changes.length === 0 ? (
          <Typography variant="body2">Only its sources become more.</Typography>
        ) : (
          <Box
            component="table"
            sx={{
              width: '100%',
              borderCollapse: 'collapse',
              '& th, & td': {
                textAlign: 'left',
                verticalAlign: 'top',
                p: 0.75,
                borderTop: 1,
                borderColor: 'divider',
                overflowWrap: 'anywhere',
                typography: 'body2',
              },
              '& thead th': { color: 'text.secondary' },
              '& del': { textDecorationColor: 'currentcolor' },
            }}
          >
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Before</th>
                <th scope="col">After</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ field, before: was, after }) => (
                <tr key={field}>
                  <th scope="row">
                    <UntrustedText text={field} most={100} />
                  </th>
                  <td>
                    <del>
                      <UntrustedText text={was} most={500} />
                    </del>
                  </td>
                  <td>
                    <Box component="ins" sx={{ textDecoration: 'none', fontWeight: 600 }}>
                      <UntrustedText text={after} most={500} />
                    </Box>
                  </td>
                </tr>
              ))}
            </tbody>
          </Box>
        )
      }}
    </Answered>
  )
}
