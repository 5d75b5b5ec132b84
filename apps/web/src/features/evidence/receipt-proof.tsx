import { Alert, Button, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import type { ReceiptPath } from '@switchboard/verifier/worker-client'
import { useEffect, useMemo, useState } from 'react'
import { CommandLine } from '../../parts/command-line.tsx'
import { Icon } from '../../parts/icons.tsx'
import { fromBase64, saveFile } from '../../parts/save-file.ts'
import { Section } from '../../parts/section.tsx'
import { traceReceipt } from '../../verify/browser-verifier.ts'
import { VerifiedFile } from '../../verify/verified-file.tsx'
import { ProofPath } from './proof-path.tsx'
import { TrustForm } from './trust-form.tsx'
import { useTrust } from './use-trust.ts'

export type FoundReceipt = OutputOf<OperationByName<'receipt.read'>>

/** The proof that the receipt is in the log: drawn, verified in this browser against a key that the reader gives, and saved. */
export function ReceiptProof({ found }: { readonly found: FoundReceipt }) {
  return (
    <Section id="proof" title="The proof">
      {found.proof === 'pending' ? (
        <Alert severity="info" variant="outlined" icon={<Icon name="clock" />}>
          Pending: the receipt is written and gets its place in the log in a moment. This page looks again by
          itself.
        </Alert>
      ) : found.file === undefined ? (
        <Typography variant="body2">
          Folded: entry {found.proof.index.toLocaleString('en')} of the log still proves that it was there,
          and no file can show what it said.
        </Typography>
      ) : (
        <Proved file={found.file} id={found.receipt.id} />
      )}
    </Section>
  )
}

function Proved({ file, id }: { readonly file: string; readonly id: string }) {
  const given = useTrust()
  const bytes = useMemo(() => fromBase64(file), [file])
  const blob = useMemo(() => new Blob([bytes]), [bytes])
  const [path, setPath] = useState<ReceiptPath>()
  useEffect(() => {
    let wanted = true
    traceReceipt(blob).then(
      (found) => {
        if (wanted) setPath(found)
      },
      // That the browser cannot verify is said where the verdict would be.
      () => undefined,
    )
    return () => {
      wanted = false
    }
  }, [blob])
  const name = `${id}.receipt`
  return (
    <>
      {path === undefined ? null : <ProofPath path={path} />}
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
        <Button
          variant="outlined"
          startIcon={<Icon name="download" />}
          onClick={() => saveFile(name, bytes, 'application/json')}
        >
          Save the receipt file
        </Button>
      </Stack>
      <CommandLine command={`npx switchboard verify ${name} --key KEY`} />
      <Typography variant="h3">Verify it in this browser</Typography>
      <TrustForm given={given} />
      <VerifiedFile
        file={blob}
        trust={given.has('log_key') ? given.trust : undefined}
        withoutTrust="Give the key of the log above: the one you hold, not one that came with the receipt."
      />
    </>
  )
}
