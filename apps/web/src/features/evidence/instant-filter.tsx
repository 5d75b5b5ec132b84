import { TextField } from '@mui/material'
import { useUrlState } from '../../parts/use-url-state.ts'

/** A moment in UTC that is a search parameter, to the minute. */
export function InstantFilter({ name, label }: { readonly name: string; readonly label: string }) {
  const [value, setValue] = useUrlState(name, '', { replace: true })
  return (
    <TextField
      size="small"
      type="datetime-local"
      label={`${label}, UTC`}
      value={value}
      onChange={(event) => setValue(event.target.value)}
      slotProps={{ inputLabel: { shrink: true } }}
      sx={{ minWidth: 210 }}
    />
  )
}
