import { Button } from '@mui/material'

/** What is shown of a list that is here already, and a button for the rest; nothing once all of it is shown. */
export function ShowMore(props: {
  readonly all: number
  readonly shown: number
  readonly onMore: () => void
}) {
  if (props.shown >= props.all) return null
  return (
    <Button variant="outlined" onClick={props.onMore} sx={{ alignSelf: 'flex-start' }}>
      Show more: {(props.all - props.shown).toLocaleString('en')} left
    </Button>
  )
}
