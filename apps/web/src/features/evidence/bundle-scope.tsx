import {
  Box,
  Card,
  CardContent,
  MenuItem,
  Stack,
  TextField,
  ToggleButton,
  ToggleButtonGroup,
  Typography,
} from '@mui/material'
import { useSearchParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { visible } from '../../parts/untrusted-text.tsx'
import { TextFilter } from '../../parts/url-filter.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import type { ScopeKind } from './bundle-request.ts'
import { InstantFilter } from './instant-filter.tsx'

const says = {
  case: 'Everything done on a case: chosen receipts, each proved. What lies between them is not spoken of.',
  period: 'Everything in a period: the bundle proves that nothing in between is missing.',
  release: 'Everything about one version of a package: who added, reviewed, installed and ran it.',
} as const satisfies Record<ScopeKind, string>

const mostCases = 200

/** What the bundle is about. */
export function BundleScope({ kind }: { readonly kind: ScopeKind }) {
  const [, setAddress] = useSearchParams()
  return (
    <Card component="section" aria-labelledby="scope">
      <CardContent>
        <Stack spacing={2}>
          <Typography variant="h2" id="scope">
            What it is about
          </Typography>
          <ToggleButtonGroup
            exclusive
            size="small"
            value={kind}
            aria-labelledby="scope"
            // What was closed belongs to what the bundle was about before.
            onChange={(_event, chosen: ScopeKind | null) => {
              if (chosen !== null) setAddress(chosen === 'case' ? {} : { of: chosen })
            }}
            sx={{ flexWrap: 'wrap' }}
          >
            <ToggleButton value="case">A case</ToggleButton>
            <ToggleButton value="period">A period</ToggleButton>
            <ToggleButton value="release">A release</ToggleButton>
          </ToggleButtonGroup>
          <Typography variant="body2" color="textSecondary">
            {says[kind]}
          </Typography>
          <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5 }}>
            {kind === 'case' ? <CaseChoice /> : null}
            {kind === 'release' ? (
              <TextFilter name="release" label="Release" placeholder="ioc-triage@1.0.0" />
            ) : (
              <>
                <InstantFilter name="from" label="From" />
                <InstantFilter name="to" label="Until" />
              </>
            )}
          </Box>
        </Stack>
      </CardContent>
    </Card>
  )
}

/** A case out of a list; by its id where the list does not hold it, or may not be read. */
function CaseChoice() {
  const [value, setValue] = useUrlState('case')
  const cases = useRead('case.list', { limit: mostCases })
  const rows = cases.data?.ok === true ? cases.data.value.rows : []
  if (!cases.isPending && (rows.length === 0 || (value !== '' && !rows.some(({ id }) => id === value))))
    return <TextFilter name="case" label="Case" placeholder="case_…" />
  return (
    <TextField
      select
      size="small"
      label="Case"
      disabled={cases.isPending}
      // Not yet among the choices while they are on their way.
      value={cases.isPending ? '' : value}
      onChange={(event) => setValue(event.target.value)}
      sx={{ minWidth: 240, maxWidth: '100%' }}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      <MenuItem value="">Choose a case</MenuItem>
      {rows.map(({ id, title, tlp }) => (
        <MenuItem key={id} value={id}>
          <bdi>{visible(title.slice(0, 80))}</bdi>, TLP:{tlp}
        </MenuItem>
      ))}
    </TextField>
  )
}
