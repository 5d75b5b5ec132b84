import { Alert, AlertTitle, Button, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useMemo } from 'react'
import { FactList } from '../../parts/fact-list.tsx'
import { bytes, count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { fromBase64, saveFile } from '../../parts/save-file.ts'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { VerifiedFile } from '../../verify/verified-file.tsx'
import { TrustForm } from './trust-form.tsx'
import { useTrust } from './use-trust.ts'

export type Exported = OutputOf<OperationByName<'evidence.export'>>

/** A bundle that was exported: saved, its checkpoint kept, and verified here before it is given to anybody. */
export function ExportedBundle({ exported }: { readonly exported: Exported }) {
  const given = useTrust()
  const file = useMemo(() => fromBase64(exported.bundle), [exported.bundle])
  const blob = useMemo(() => new Blob([file]), [file])
  return (
    <Stack spacing={2}>
      <Alert severity="success" variant="outlined" icon={<Icon name="check" />}>
        <AlertTitle>Exported</AlertTitle>
        {count(exported.receipts, 'receipt')}, {bytes(exported.bytes)}. Save the file, and keep the
        checkpoint: a later bundle must extend it.
      </Alert>
      <FactList
        facts={[
          ['SHA-256', <code key="sha256">{exported.sha256}</code>],
          ['Manifest', <code key="manifest">{exported.manifestSha256}</code>],
          [
            'Withheld',
            exported.withheld.length === 0 ? undefined : (
              <UntrustedText key="withheld" text={exported.withheld.join('\n')} />
            ),
          ],
        ]}
      />
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
        <Button
          variant="contained"
          startIcon={<Icon name="download" />}
          onClick={() => saveFile('evidence.bundle', file)}
        >
          Save the bundle
        </Button>
        <Button
          variant="outlined"
          startIcon={<Icon name="download" />}
          onClick={() =>
            saveFile('evidence.checkpoint', new TextEncoder().encode(exported.checkpoint), 'text/plain')
          }
        >
          Save the checkpoint
        </Button>
      </Stack>
      <Typography variant="h3">Verify it in this browser</Typography>
      <TrustForm given={given} />
      <VerifiedFile
        file={blob}
        trust={given.has('log_key') ? given.trust : undefined}
        withoutTrust="Give the key of the log above, as whoever gets the file will."
      />
    </Stack>
  )
}
