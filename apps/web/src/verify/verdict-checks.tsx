import { Box, Stack, Typography } from '@mui/material'
import { reasonsNotChecked } from '@switchboard/verifier/verdict-words'
import type { Verdict } from '@switchboard/verifier/worker-client'
import type { ReactNode } from 'react'
import { Icon } from '../parts/icons.tsx'
import type { IconName } from '../parts/icons.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { VerdictSection } from './verdict-section.tsx'

type Report = Extract<Verdict, { kind: 'receipt' }>['report']

/** What was checked, with how many, and what was not, with the reason: each says as much as the other. */
export function VerdictChecks({ checked, notChecked }: Pick<Report, 'checked' | 'notChecked'>) {
  const shown = checked.filter(({ count, result }) => count > 0 || result === 'failed')
  return (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: '1fr 1fr' } }}>
      <VerdictSection title="What was checked">
        {shown.length === 0 ? (
          <Typography variant="body2">Nothing: the file could not be read so far.</Typography>
        ) : (
          <Items>
            {shown.map(({ what, count, result }, at) => (
              <Item
                key={at}
                icon={result === 'ok' ? 'check' : 'cross'}
                color={result === 'ok' ? 'success' : 'error'}
                what={what}
                more={`${result === 'ok' ? 'holds' : 'failed'}, ${count.toLocaleString('en')}`}
              />
            ))}
          </Items>
        )}
      </VerdictSection>
      <VerdictSection title="What was not checked, and why">
        {notChecked.length === 0 ? (
          <Typography variant="body2">Nothing was left unchecked.</Typography>
        ) : (
          <Items>
            {notChecked.map(({ what, why, because }, at) => (
              <Item
                key={at}
                icon="question"
                color="warning"
                what={what}
                more={`${why} (${reasonsNotChecked[because]})`}
              />
            ))}
          </Items>
        )}
      </VerdictSection>
    </Box>
  )
}

function Items({ children }: { readonly children: ReactNode }) {
  return (
    <Stack component="ul" spacing={0.75} sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {children}
    </Stack>
  )
}

function Item(props: {
  readonly icon: IconName
  readonly color: 'success' | 'error' | 'warning'
  readonly what: string
  readonly more: string
}) {
  return (
    <Stack component="li" direction="row" spacing={1}>
      <Icon name={props.icon} color={props.color} sx={{ mt: 0.25 }} />
      <Typography variant="body2" sx={{ minWidth: 0 }}>
        <UntrustedText text={props.what} />{' '}
        <Box component="span" sx={{ color: 'text.secondary' }}>
          <UntrustedText text={props.more} />
        </Box>
      </Typography>
    </Stack>
  )
}
