import { MenuItem, TextField } from '@mui/material'
import { useRead } from '../api/use-read.ts'
import { useMay } from '../app/use-permissions.ts'
import { visible } from './untrusted-text.tsx'

const shownTitle = 80
/** Stands for a case that is yet to be opened. */
export const newCase = 'new'

/** The newest cases to choose from; a case that is already chosen stays, however old it is. */
export function CasePicker(props: {
  readonly value: string
  readonly onChange: (id: string) => void
  readonly label: string
  /** What it means to choose none. */
  readonly none: string
  readonly helperText?: string
  readonly isRequired?: boolean
  readonly isDisabled?: boolean
  readonly mayBeNew?: boolean
}) {
  const { value } = props
  const cases = useRead('case.list', { limit: 200 }, { when: useMay('case.list') })
  const rows = cases.data?.ok === true ? cases.data.value.rows : []
  const isKnown = value === '' || value === newCase || rows.some(({ id }) => id === value)
  return (
    <TextField
      select
      label={props.label}
      value={value}
      onChange={(event) => props.onChange(event.target.value)}
      required={props.isRequired ?? false}
      disabled={props.isDisabled ?? false}
      helperText={cases.data?.ok === false ? cases.data.denial.message : props.helperText}
      fullWidth
      size="small"
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      <MenuItem value="">{props.none}</MenuItem>
      {props.mayBeNew === true ? <MenuItem value={newCase}>A new case</MenuItem> : null}
      {isKnown ? null : <MenuItem value={value}>{value}</MenuItem>}
      {rows.map(({ id, title, tlp }) => (
        <MenuItem key={id} value={id}>
          <bdi>{visible(title.length > shownTitle ? `${title.slice(0, shownTitle)}…` : title)}</bdi>
          &nbsp;· TLP:{tlp}
        </MenuItem>
      ))}
    </TextField>
  )
}
