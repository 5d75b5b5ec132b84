import { Box, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useState } from 'react'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Instant } from '../../parts/instant.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { ActDialog } from './act-dialog.tsx'
import { age } from './age.ts'
import { TrustChip } from './package-chips.tsx'
import { Permitted } from '../../parts/permitted.tsx'

type Publisher = OutputOf<OperationByName<'publisher.list'>>['rows'][number]

/** Whose packages verify here, since when, and for whom somebody vouches. */
export function PublishersPanel({ pin }: { readonly pin: () => void }) {
  return (
    <Stack spacing={2}>
      <Box>
        <AllowedButton operation="publisher.trust" variant="outlined" onClick={pin}>
          Pin a publisher key
        </AllowedButton>
      </Box>
      <Permitted operation="publisher.list">
        <Publishers />
      </Permitted>
    </Stack>
  )
}

function Publishers() {
  const list = useRead('publisher.list', {})
  const [changing, setChanging] = useState<Publisher>()
  return (
    <>
      <Answered read={list}>
        {({ rows }) =>
          rows.length === 0 ? (
            <EmptyState says="No publisher is pinned, so no package verifies. Pin the key of one you know." />
          ) : (
            <RowsTable
              caption="Pinned publishers"
              rows={rows}
              keyOf={({ keyId }) => keyId}
              columns={[
                {
                  head: 'Publisher',
                  cell: (row) => <UntrustedText text={row.publisher} most={80} />,
                },
                { head: 'Key', cell: (row) => <KeyOf row={row} /> },
                {
                  head: 'Pinned',
                  cell: (row) => (
                    <>
                      <Instant ms={row.pinnedAt} />
                      <br />
                      {age(row.pinnedAt, Date.now())}
                    </>
                  ),
                },
                {
                  head: 'Trust',
                  cell: (row) => (
                    <Stack spacing={1} sx={{ alignItems: 'flex-start' }}>
                      <TrustChip trust={row.trust} />
                      {row.trust === 'built_in' ? null : (
                        <AllowedButton
                          operation={row.trust === 'pinned' ? 'publisher.verify' : 'publisher.unverify'}
                          size="small"
                          onClick={() => setChanging(row)}
                        >
                          {row.trust === 'pinned' ? 'Vouch for this publisher' : 'Vouch no longer'}
                        </AllowedButton>
                      )}
                    </Stack>
                  ),
                },
              ]}
            />
          )
        }
      </Answered>
      {changing === undefined ? null : <VouchDialog row={changing} onClose={() => setChanging(undefined)} />}
    </>
  )
}

function KeyOf({ row }: { readonly row: Publisher }) {
  return (
    <>
      <code>{row.keyId}</code>
      <Box component="details">
        <summary>Show the public key</summary>
        <Box component="pre" sx={{ m: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {row.key}
        </Box>
      </Box>
    </>
  )
}

function VouchDialog({ row, onClose }: { readonly row: Publisher; readonly onClose: () => void }) {
  const { publisher, trust } = row
  const name = visible(publisher)
  const vouches = trust === 'pinned'
  return (
    <ActDialog
      operation={vouches ? 'publisher.verify' : 'publisher.unverify'}
      title={vouches ? 'Vouch for this publisher?' : 'Vouch for this publisher no longer?'}
      confirm={vouches ? 'Vouch for the publisher' : 'Vouch no longer'}
      reason="Why, for the record"
      mostLetters={2_000}
      isDangerous={!vouches}
      inputOf={(note) => ({ publisher, note })}
      says={() => (
        <>
          <bdi>{name}</bdi>:{' '}
          {vouches ? 'your organisation vouches for this publisher.' : 'nobody vouches any more.'}
        </>
      )}
      onClose={onClose}
    >
      <Typography>
        <strong>
          <UntrustedText text={publisher} most={80} />
        </strong>
        , key <code>{row.keyId}</code>
      </Typography>
      <Typography>
        {vouches
          ? 'Its packages may then run at sandbox level reduced without a review of each version.'
          : 'Its key stays pinned. From the next run on its packages need level full, or a review.'}
      </Typography>
    </ActDialog>
  )
}
