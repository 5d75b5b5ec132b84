import { Button, Link, Stack, Typography } from '@mui/material'
import { CommandLine } from '../../parts/command-line.tsx'
import { count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { VerifiedFile } from '../../verify/verified-file.tsx'
import type { Proof } from './prove.ts'

/** The bundle in this browser: to keep, to see verified, and to see break. Nothing here asks the server for anything. */
export function ProofView({ proof }: { readonly proof: Proof }) {
  const { trust } = proof
  const name = `${proof.case}.bundle`
  const saveBundle = async () => saveFile(name, new Uint8Array(await proof.file.arrayBuffer()))
  const saveRoots = () =>
    saveFile('trusted.txt', new TextEncoder().encode(rootsText(trust)), 'text/plain;charset=utf-8')
  return (
    <Stack spacing={2}>
      <Typography>
        The bundle is in this browser, and so is the verifier: <strong>stop the server if you like</strong>,
        and go on. It is held against the key and the checkpoints that were read before it was made
        {trust.publisherKeys.length === 0
          ? '; keys of publishers are not for your roles, so their signatures are not checked'
          : ''}
        . It holds {count(proof.receipts, 'receipt')}.
      </Typography>
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
        <Button variant="outlined" startIcon={<Icon name="download" />} onClick={() => void saveBundle()}>
          Download the bundle
        </Button>
        <Button variant="outlined" startIcon={<Icon name="download" />} onClick={saveRoots}>
          Download what it is held against
        </Button>
      </Stack>
      <VerifiedFile file={proof.file} name={name} trust={trust} />
      <Typography variant="body2">
        Somebody outside needs no account and no server: give them the bundle, and by another way the key.
        They open <Link href="/verify">the verifier page</Link>, which is one file that works from a disk with
        the network off, or give the command:
      </Typography>
      <CommandLine
        command={`npx switchboard verify --page verifier.html\nnpx switchboard verify ${name} --key log.vkey`}
      />
    </Stack>
  )
}

/** As the verifier page and the command read it: keys and signed notes, one after the other. */
function rootsText({ logKeys, publisherKeys, savedCheckpoints }: Proof['trust']): string {
  return [...logKeys, ...publisherKeys.map(({ spkiPem }) => spkiPem.trim()), ...savedCheckpoints]
    .map((root) => `${root.trimEnd()}\n`)
    .join('\n')
}
