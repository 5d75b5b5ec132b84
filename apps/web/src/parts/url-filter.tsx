import { MenuItem, TextField } from '@mui/material'
import { useEffect, useState } from 'react'
import { useUrlState } from './use-url-state.ts'

const settledMs = 300

/** A field whose text is a search parameter; the address follows when the typing rests. */
export function TextFilter(props: {
  readonly name: string
  readonly label: string
  readonly placeholder?: string
}) {
  const [value, setValue] = useUrlState(props.name, '', { replace: true })
  const [typed, setTyped] = useState(value)
  // Back and forward change the address, and the field follows.
  useEffect(() => setTyped(value), [value])
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => setValue(typed), settledMs)
    return () => clearTimeout(timer)
  }, [typed, value, setValue])
  return (
    <TextField
      size="small"
      type="search"
      label={props.label}
      placeholder={props.placeholder ?? ''}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      sx={{ minWidth: 180 }}
    />
  )
}

/** A choice that is a search parameter; the empty choice says what it means to choose nothing. */
export function ChoiceFilter(props: {
  readonly name: string
  readonly label: string
  readonly all: string
  readonly choices: readonly { readonly value: string; readonly label: string }[]
}) {
  const [value, setValue] = useUrlState(props.name)
  const known = props.choices.some((choice) => choice.value === value)
  return (
    <TextField
      select
      size="small"
      label={props.label}
      value={known ? value : ''}
      onChange={(event) => setValue(event.target.value)}
      sx={{ minWidth: 150 }}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      <MenuItem value="">{props.all}</MenuItem>
      {props.choices.map((choice) => (
        <MenuItem key={choice.value} value={choice.value}>
          {choice.label}
        </MenuItem>
      ))}
    </TextField>
  )
}
