import { Chip } from '@mui/material'

const says: Readonly<Record<string, string>> = {
  'TLP:CLEAR': 'May be told to anybody.',
  'TLP:GREEN': 'May be told within the community.',
  'TLP:AMBER': 'May be told within the organisation and to its clients who need it.',
  'TLP:AMBER+STRICT': 'May be told within the organisation alone.',
  'TLP:RED': 'For the eyes of those it was given to.',
  'PAP:CLEAR': 'May be used without limits.',
  'PAP:GREEN': 'May be asked about outside, actively, where the target does not notice more than usual.',
  'PAP:AMBER': 'May be asked about passively, where the target sees nothing.',
  'PAP:RED': 'Nothing that can be seen outside.',
}

/** What a marking means, in a sentence. */
export function markingSays(kind: 'TLP' | 'PAP', value: string): string {
  return says[`${kind}:${value}`] ?? ''
}

/** A marking as its protocol writes it: `TLP:AMBER`, `PAP:GREEN`. */
export function MarkingChip({
  kind = 'TLP',
  value,
}: {
  readonly kind?: 'TLP' | 'PAP'
  readonly value: string
}) {
  const label = `${kind}:${value}`
  return <Chip size="small" variant="outlined" label={label} title={markingSays(kind, value)} />
}
