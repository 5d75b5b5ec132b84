import { Box, Button, Typography } from '@mui/material'
import { useId, useState } from 'react'
import type { ChangeEvent } from 'react'

/** Where files are dropped, with a button that chooses them: everything that a mouse can do here a keyboard can. */
export function DropZone(props: {
  readonly says: string
  readonly choose: string
  readonly multiple?: boolean
  readonly onFiles: (files: readonly File[]) => void
}) {
  const [over, setOver] = useState(false)
  const input = useId()
  return (
    <Box
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        props.onFiles([...event.dataTransfer.files])
      }}
      sx={{
        border: '1px dashed',
        borderColor: over ? 'primary.main' : 'divider',
        bgcolor: over ? 'action.hover' : undefined,
        borderRadius: 1,
        p: 2,
        display: 'flex',
        flexWrap: 'wrap',
        gap: 2,
        alignItems: 'center',
        position: 'relative',
      }}
    >
      <Button
        component="label"
        htmlFor={input}
        variant="outlined"
        tabIndex={-1}
        sx={{ '&:has(+ input:focus-visible)': { outline: 2, outlineOffset: 2 } }}
      >
        {props.choose}
      </Button>
      <Box
        component="input"
        type="file"
        id={input}
        multiple={props.multiple === true}
        onChange={(event: ChangeEvent<HTMLInputElement>) => {
          props.onFiles([...(event.target.files ?? [])])
          // The same file again is a choice too.
          event.target.value = ''
        }}
        sx={{ position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' }}
      />
      <Typography variant="body2" color="textSecondary">
        {props.says}
      </Typography>
    </Box>
  )
}
