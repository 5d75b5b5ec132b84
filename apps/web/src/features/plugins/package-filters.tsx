import { Stack } from '@mui/material'
import { ChoiceFilter, TextFilter } from '../../parts/url-filter.tsx'
import { trustLabel, trusts } from './levels.ts'

export function PackageFilters() {
  return (
    <Stack component="search" direction="row" spacing={1.5} useFlexGap sx={{ flexWrap: 'wrap' }}>
      <TextFilter name="q" label="Search" placeholder="Name, title, summary" />
      <ChoiceFilter
        name="kind"
        label="Kind"
        all="Plugins and data"
        choices={[
          { value: 'plugin', label: 'Plugins' },
          { value: 'data', label: 'Data' },
        ]}
      />
      <ChoiceFilter
        name="installed"
        label="Installed"
        all="Installed or not"
        choices={[
          { value: 'yes', label: 'Installed' },
          { value: 'no', label: 'Not installed' },
        ]}
      />
      <ChoiceFilter
        name="trust"
        label="Publisher"
        all="Any publisher"
        choices={trusts.map((value) => ({ value, label: trustLabel(value) }))}
      />
    </Stack>
  )
}
