import { Box, Chip, Link as TextLink, Stack, Typography } from '@mui/material'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { CitationChips } from '../../parts/citation-chips.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { addressIn } from './read-results.ts'
import type { AddressContext, Indicator, ReadContext } from './read-results.ts'

const flagWords: Readonly<Record<string, string>> = {
  defanged: 'written so that nobody clicks it by mistake',
  private: 'an address of a private network',
  documentation: 'kept for examples',
  'special-use': 'a name kept for special uses',
  'double-extension': 'the last of two endings is the real one',
  'mixed-script': 'letters of several scripts, which may look alike',
  'direction-override': 'a hidden mark turns its direction',
  credentials: 'carries a user name',
  'unlisted-ending': 'an ending that is not in the short list of the plugin',
  'of-empty-input': 'the digest of nothing',
  'no-scheme': 'written without http or https',
  'hidden-characters': 'holds characters that one does not see',
  'could-be-domain': 'might be a site as well',
}

/** One indicator: its one spelling, what to think of it, and what the tables on this server say of its address. */
export function IndicatorDetail(props: {
  readonly indicator: Indicator
  readonly context: ReadContext | undefined
}) {
  const { indicator, context } = props
  const address = addressIn(indicator)
  return (
    <Box
      component="dl"
      sx={{
        m: 0,
        display: 'grid',
        gridTemplateColumns: { xs: '1fr', sm: '9rem 1fr' },
        columnGap: 2,
        rowGap: { xs: 0.25, sm: 0.75 },
      }}
    >
      <Fact name="Kind">{visible(indicator.kind)}</Fact>
      <Fact name="Normalised">
        <Box component="code">
          <UntrustedText text={indicator.value} most={500} />
        </Box>
      </Fact>
      <Fact name="Flags">
        {indicator.flags.length === 0 ? (
          'none'
        ) : (
          <Stack component="ul" spacing={0.5} sx={{ m: 0, p: 0, listStyle: 'none' }}>
            {indicator.flags.map((flag) => (
              <li key={flag}>
                <Chip size="small" variant="outlined" label={visible(flag)} />{' '}
                {flagWords[flag] === undefined ? null : (
                  <Typography component="span" variant="body2" color="textSecondary">
                    {flagWords[flag]}
                  </Typography>
                )}
              </li>
            ))}
          </Stack>
        )}
      </Fact>
      <Fact name="Read at">
        <CitationChips citations={indicator.citations} />
      </Fact>
      {address === undefined || context === undefined ? null : (
        <OfflineContext address={address} context={context} />
      )}
    </Box>
  )
}

function OfflineContext({ address, context }: { readonly address: string; readonly context: ReadContext }) {
  const known = context.found.get(address)
  const reason = context.skipped.get(address)
  if (known === undefined)
    return (
      <Fact name="Context">
        {reason === undefined
          ? 'The tables were not asked about it.'
          : `Looked up nowhere: ${visible(reason)}.`}
      </Fact>
    )
  return (
    <>
      <Fact name="Announced by">
        {known.asn === undefined ? (
          'no autonomous system that the table knows'
        ) : (
          <>
            {known.inGraph === undefined || !/^ent_[0-9a-f]{32}$/.test(known.inGraph) ? (
              `AS${known.asn}`
            ) : (
              <TextLink component={Link} to={`/graph/entities/${known.inGraph}`}>
                AS{known.asn}
              </TextLink>
            )}{' '}
            <UntrustedText text={known.organisation ?? ''} most={200} />
          </>
        )}
      </Fact>
      <Fact name="Registered in">
        {known.country === undefined ? 'not known' : countryName(known.country)}
      </Fact>
      <Fact name="Says who">
        <Sources known={known} />
      </Fact>
    </>
  )
}

function Sources({ known }: { readonly known: AddressContext }) {
  return (
    <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none' }}>
      {known.citations.map(({ table, version, licence, row }) => (
        <li key={table}>
          <TextLink component={Link} to={`/plugins/${encodeURIComponent(table)}`}>
            {visible(table)}
          </TextLink>{' '}
          version {visible(version)}
          {row === undefined ? '' : `, row ${row.toLocaleString('en')}`}, licence {visible(licence)}
        </li>
      ))}
    </Box>
  )
}

const countries = new Intl.DisplayNames(['en'], { type: 'region' })

/** The browser knows names of countries; a code that it does not know stays a code. */
function countryName(code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return visible(code)
  return `${countries.of(code) ?? code} (${code})`
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <Typography component="dt" variant="body2" color="textSecondary">
        {name}
      </Typography>
      <Typography component="dd" variant="body2" sx={{ m: 0, minWidth: 0, overflowWrap: 'anywhere' }}>
        {children}
      </Typography>
    </>
  )
}
