import { TextField } from '@mui/material'

export type ReadJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why: string }

/** An empty text is the empty object: what a plugin without input is given. */
export function readJson(text: string): ReadJson {
  if (text.trim() === '') return { ok: true, value: {} }
  try {
    return { ok: true, value: JSON.parse(text) as unknown }
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : 'This is not JSON.' }
  }
}

/** Any input, as JSON: where a plugin does not say what it takes, or says so much that no form could be drawn. */
export function JsonField(props: { readonly text: string; readonly onChange: (text: string) => void }) {
  const read = readJson(props.text)
  return (
    <TextField
      label="Input as JSON"
      value={props.text}
      onChange={(event) => props.onChange(event.target.value)}
      error={!read.ok}
      helperText={read.ok ? 'Checked by the server against what the plugin takes.' : read.why}
      multiline
      minRows={6}
      maxRows={24}
      fullWidth
      slotProps={{
        htmlInput: { spellCheck: false, style: { fontFamily: 'ui-monospace, Menlo, Consolas, monospace' } },
      }}
    />
  )
}
