import { Alert, Box, Stack, Typography } from '@mui/material'
import type { InputOf, OperationByName } from '@switchboard/api'
import { useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { Answered } from '../../parts/answered.tsx'
import { FactList } from '../../parts/fact-list.tsx'
import { bytes, count } from '../../parts/format.ts'
import { MarkingChip } from '../../parts/marking-chip.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import type { Review } from './review-words.ts'

const mostDocuments = 20

/** What would leave if the export were performed now: the server's own preview of exactly the parked input. */
export function ExportPreview({ review, isOwn }: { readonly review: Review; readonly isOwn: boolean }) {
  const permission = usePermissions()?.get('evidence.preview')
  const { since: _, ...input } = (review.input ?? {}) as InputOf<OperationByName<'evidence.export'>>
  const preview = useRead('evidence.preview', input, {
    when: permission?.may === true && review.status === 'pending',
  })
  if (review.status !== 'pending') return null
  return (
    <Section id="leaves" title="What would leave">
      {permission?.may === false ? (
        <Alert severity="info" variant="outlined">
          Your roles may not preview exports. {permission.roles.join(' or ')} may.
        </Alert>
      ) : (
        <Answered read={preview}>
          {(value) => (
            <Stack spacing={2}>
              <FactList
                facts={[
                  ['Marked', <MarkingChip key="tlp" value={value.tlp} />],
                  [
                    'Receipts',
                    `${count(value.receipts, 'receipt')}${value.folded === 0 ? '' : `, ${value.folded} of them folded`}`,
                  ],
                  ['Size', `about ${bytes(value.bytes)}`],
                  [
                    'People named',
                    value.people.length === 0 ? (
                      'nobody: every part that names one is closed'
                    ) : (
                      <UntrustedText
                        key="people"
                        text={value.people
                          .map(({ name, receipts }) => `${name} (${count(receipts, 'receipt')})`)
                          .join(', ')}
                      />
                    ),
                  ],
                  [
                    'Parts closed',
                    value.parts
                      .filter(({ closed }) => closed > 0)
                      .map(({ part, closed }) => `${part} of ${closed}`)
                      .join(', ') || 'none: everything is readable',
                  ],
                  [
                    'What was done',
                    value.operations
                      .map(({ operation, receipts }) => `${visible(operation)} ${receipts}×`)
                      .join(', ') || 'closed',
                  ],
                ]}
              />
              <Box>
                <Typography variant="h3">
                  {value.documents.length === 0 ? 'No documents' : count(value.documents.length, 'document')}
                </Typography>
                <Box component="ul" sx={{ m: 0, pl: 2.5, typography: 'body2' }}>
                  {value.documents.slice(0, mostDocuments).map(({ name, bytes: size, withheld }) => (
                    <li key={name}>
                      <UntrustedText text={name} most={160} />, {bytes(size)}
                      {withheld ? ', withheld: only name and digest are in the file' : ''}
                    </li>
                  ))}
                </Box>
                {value.documents.length > mostDocuments ? (
                  <Typography variant="body2" color="textSecondary">
                    and {value.documents.length - mostDocuments} more
                  </Typography>
                ) : null}
              </Box>
              <Typography>
                {isOwn
                  ? 'Once it is approved, you save the file on this page or by the command. Nobody else gets it from here.'
                  : `Once it is approved, ${visible(review.requester)} can save the file on this page or by the command. Nobody else gets it from here, you included.`}
              </Typography>
            </Stack>
          )}
        </Answered>
      )}
    </Section>
  )
}
