import { Box, ToggleButton, ToggleButtonGroup, Typography } from '@mui/material'
import { useSearchParams } from 'react-router'
import { usePermissions } from '../../app/use-permissions.ts'
import { CasePicker } from '../../parts/case-picker.tsx'
import { Section } from '../../parts/section.tsx'
import { TextFilter } from '../../parts/url-filter.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import type { ScopeKind } from './bundle-request.ts'
import { InstantFilter } from './instant-filter.tsx'

const says = {
  case: 'Everything done on a case: chosen receipts, each proved. What lies between them is not spoken of.',
  period: 'Everything in a period: the bundle proves that nothing in between is missing.',
  release: 'Everything about one version of a package: who added, reviewed, installed and ran it.',
} as const satisfies Record<ScopeKind, string>

/** What the bundle is about. */
export function BundleScope({ kind }: { readonly kind: ScopeKind }) {
  const [, setAddress] = useSearchParams()
  return (
    <Section id="scope" title="What it is about">
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
    </Section>
  )
}

/** A case out of a list; by its id where the list may not be read. */
function CaseChoice() {
  const [value, setValue] = useUrlState('case')
  const permission = usePermissions()?.get('case.list')
  if (permission?.may === false) return <TextFilter name="case" label="Case" placeholder="case_…" />
  return (
    <Box sx={{ minWidth: 240, maxWidth: '100%' }}>
      <CasePicker
        label="Case"
        none="Choose a case"
        value={value}
        onChange={setValue}
        isDisabled={permission === undefined}
      />
    </Box>
  )
}
