import { Button, Stack, Typography } from '@mui/material'
import { visible } from '../../parts/untrusted-text.tsx'

type Value = Readonly<Record<string, unknown>>
const mostExamples = 6
const longestHint = 120

/** One click fills the form: with an example of the author, or with what this person ran last. */
export function Fills(props: {
  readonly schema: unknown
  readonly last: Value | undefined
  readonly onFill: (value: Value) => void
}) {
  const examples = examplesOf(props.schema)
  if (examples.length === 0 && props.last === undefined) return null
  return (
    <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
      <Typography variant="body2" color="textSecondary">
        Fill in
      </Typography>
      {examples.map((example, place) => (
        <Fill
          key={place}
          label={examples.length === 1 ? 'the example' : `example ${place + 1}`}
          value={example}
          onFill={props.onFill}
        />
      ))}
      {props.last === undefined ? null : (
        <Fill label="what you ran last" value={props.last} onFill={props.onFill} />
      )}
    </Stack>
  )
}

function Fill(props: {
  readonly label: string
  readonly value: Value
  readonly onFill: (value: Value) => void
}) {
  return (
    <Button
      size="small"
      variant="outlined"
      onClick={() => props.onFill(props.value)}
      title={visible(JSON.stringify(props.value).slice(0, longestHint))}
    >
      {props.label}
    </Button>
  )
}

function examplesOf(schema: unknown): readonly Value[] {
  if (typeof schema !== 'object' || schema === null || !('examples' in schema)) return []
  const given: unknown = schema.examples
  return Array.isArray(given)
    ? given
        .filter((one): one is Value => typeof one === 'object' && one !== null && !Array.isArray(one))
        .slice(0, mostExamples)
    : []
}
