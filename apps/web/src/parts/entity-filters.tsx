import { Stack } from '@mui/material'
import { ChoiceFilter, TextFilter } from './url-filter.tsx'

/** Entities by a part of their name or key, and by type; both in the address. */
export function EntityFilters({ types }: { readonly types: readonly string[] }) {
  return (
    <Stack direction="row" spacing={2} useFlexGap sx={{ flexWrap: 'wrap' }}>
      <TextFilter name="q" label="Name or key" />
      <ChoiceFilter
        name="type"
        label="Type"
        all="Every type"
        choices={types.map((value) => ({ value, label: value }))}
      />
    </Stack>
  )
}
