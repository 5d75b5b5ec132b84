import { TextField } from '@mui/material'
import type { FieldProps } from '@rjsf/utils'
import { useState } from 'react'

/** A list of texts as lines: hundreds of indicators are pasted, not added one by one. */
export function LinesField({
  name,
  schema,
  formData,
  required,
  onChange,
  fieldPathId,
  rawErrors,
}: FieldProps) {
  const lines: readonly unknown[] = Array.isArray(formData) ? formData : []
  const [text, setText] = useState(lines.join('\n'))
  const own = linesOf(text)
  // An example or an earlier value was filled in: the text follows what is held.
  const isSame = own.length === lines.length && own.every((line, i) => line === lines[i])
  const shown = isSame ? text : lines.join('\n')
  const errors = rawErrors ?? []
  return (
    <TextField
      label={schema.title ?? name}
      value={shown}
      onChange={(event) => {
        setText(event.target.value)
        const next = linesOf(event.target.value)
        onChange(next.length === 0 ? undefined : next, fieldPathId.path)
      }}
      required={required ?? false}
      error={errors.length > 0}
      helperText={[schema.description, 'One on each line.', ...errors].filter(Boolean).join(' ')}
      multiline
      minRows={3}
      maxRows={12}
      fullWidth
      slotProps={{ htmlInput: { spellCheck: false } }}
    />
  )
}

function linesOf(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
