import { Box, Typography } from '@mui/material'
import { useEffect, useState } from 'react'
import { ChooseFile } from './choose-file.tsx'

/** Where files are dropped, with a button that chooses them: everything that a mouse can do here a keyboard can. */
export function DropZone(props: {
  readonly says: string
  readonly choose: string
  readonly accept?: string
  readonly multiple?: boolean
  readonly onFiles: (files: readonly File[]) => void
}) {
  const [over, setOver] = useState(false)
  useEffect(() => {
    // A file that misses the zone would be opened in place of this page.
    const missed = (event: DragEvent) => event.preventDefault()
    window.addEventListener('dragover', missed)
    window.addEventListener('drop', missed)
    return () => {
      window.removeEventListener('dragover', missed)
      window.removeEventListener('drop', missed)
    }
  }, [])
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
      }}
    >
      <ChooseFile
        says={props.choose}
        onFiles={props.onFiles}
        {...(props.accept === undefined ? {} : { accept: props.accept })}
        {...(props.multiple === undefined ? {} : { multiple: props.multiple })}
      />
      <Typography variant="body2" color="textSecondary">
        {props.says}
      </Typography>
    </Box>
  )
}
