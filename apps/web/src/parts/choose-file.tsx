import { Box, Button } from '@mui/material'
import type { ButtonProps } from '@mui/material'
import { useId } from 'react'
import type { ChangeEvent } from 'react'

/** A button that opens the system's choice of files. The field itself is out of sight, and is what a keyboard reaches. */
export function ChooseFile(
  props: {
    readonly says: string
    /** Endings, as `.sbp`. */
    readonly accept?: string
    readonly multiple?: boolean
    readonly onFiles: (files: readonly File[]) => void
  } & Pick<ButtonProps, 'size'>,
) {
  const input = useId()
  return (
    <Box sx={{ position: 'relative', flexShrink: 0 }}>
      <Button
        component="label"
        htmlFor={input}
        variant="outlined"
        size={props.size ?? 'medium'}
        tabIndex={-1}
        sx={{ '&:has(+ input:focus-visible)': { outline: 2, outlineOffset: 2 } }}
      >
        {props.says}
      </Button>
      <Box
        component="input"
        type="file"
        id={input}
        accept={props.accept}
        multiple={props.multiple === true}
        onChange={(event: ChangeEvent<HTMLInputElement>) => {
          props.onFiles([...(event.target.files ?? [])])
          // The same file again, once it was mended, is a choice too.
          event.target.value = ''
        }}
        sx={{ position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' }}
      />
    </Box>
  )
}
