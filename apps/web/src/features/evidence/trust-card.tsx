import { Button, Card, CardContent, Chip, Stack, TextField, Typography } from '@mui/material'
import { rootKinds } from '@switchboard/verifier/verdict-words'
import type { RootsRead } from '@switchboard/verifier/worker-client'
import { useState } from 'react'
import { Icon } from '../../parts/icons.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { readRoots } from '../../verify/browser-verifier.ts'
import { DropZone } from './drop-zone.tsx'
import { OfferedKey } from './offered-key.tsx'
import { identityOf } from './use-trust.ts'
import type { GivenRoot, TrustGiven } from './use-trust.ts'

/** Larger files are no keys; they would only be read to say so. */
const maxRootBytes = 1_000_000

/** Whom the reader trusts. Nothing here comes out of the file that is verified. */
export function TrustCard({ given }: { readonly given: TrustGiven }) {
  const [text, setText] = useState('')
  const [problems, setProblems] = useState<readonly string[]>([])

  async function addText(): Promise<void> {
    const found = await readRoots(text)
    given.add(found.roots, 'reader')
    setProblems(found.problems)
    if (found.problems.length === 0) setText('')
  }

  async function addFiles(files: readonly File[]): Promise<void> {
    const read = await Promise.all(files.map(readRootFile))
    given.add(
      read.flatMap(({ roots }) => roots),
      'reader',
    )
    setProblems(read.flatMap((each) => each.problems))
  }

  const failed = (error: unknown) => setProblems([error instanceof Error ? error.message : String(error)])
  return (
    <Card component="section" aria-labelledby="trust">
      <CardContent>
        <Stack spacing={2}>
          <Typography variant="h2" id="trust">
            Whom you trust
          </Typography>
          <Typography variant="body2" color="textSecondary">
            Keys of logs and witnesses (name+hash+key), public keys of publishers (PEM), checkpoints you kept.
            They must have reached you by another way than the file: whoever sends both vouches for
            themselves.
          </Typography>
          {given.roots.length === 0 ? null : (
            <Stack
              component="ul"
              aria-label="What you trust"
              spacing={1}
              sx={{ listStyle: 'none', m: 0, p: 0 }}
            >
              {given.roots.map((root) => (
                <RootItem key={identityOf(root)} root={root} given={given} />
              ))}
            </Stack>
          )}
          <Stack
            component="form"
            spacing={1}
            onSubmit={(event) => {
              event.preventDefault()
              addText().catch(failed)
            }}
          >
            <TextField
              label="Keys and checkpoints"
              value={text}
              onChange={(event) => setText(event.target.value)}
              multiline
              minRows={2}
              maxRows={8}
              fullWidth
              slotProps={{ htmlInput: { spellCheck: false } }}
            />
            <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
              <Button type="submit" variant="outlined" disabled={text.trim() === ''}>
                Trust what I pasted
              </Button>
              <OfferedKey given={given} />
            </Stack>
          </Stack>
          <Typography
            variant="body2"
            color="error"
            role="status"
            sx={{ whiteSpace: 'pre-wrap', '&:empty': { display: 'none' } }}
          >
            {problems.map(visible).join('\n')}
          </Typography>
          <DropZone
            choose="Choose keys or checkpoints"
            says="or drop them here"
            multiple
            onFiles={(files) => {
              addFiles(files).catch(failed)
            }}
          />
          <TextField
            label="Witnesses that must have signed"
            type="number"
            size="small"
            value={given.witnessesNeeded}
            onChange={(event) => given.needWitnesses(Number(event.target.value))}
            slotProps={{ htmlInput: { min: 0, max: 32 } }}
            sx={{ maxWidth: 260 }}
          />
        </Stack>
      </CardContent>
    </Card>
  )
}

function RootItem({ root, given }: { readonly root: GivenRoot; readonly given: TrustGiven }) {
  const what = rootKinds[root.kind]
  return (
    <Stack
      component="li"
      direction="row"
      spacing={1}
      useFlexGap
      sx={{ alignItems: 'center', flexWrap: 'wrap' }}
    >
      <Icon name={root.kind === 'checkpoint' ? 'check' : 'lock'} color="primary" />
      <Stack sx={{ minWidth: 0, flex: '1 1 14rem' }}>
        {root.kind === 'publisher_key' ? (
          <TextField
            size="small"
            variant="standard"
            label="Name of the publisher"
            defaultValue={root.name}
            onBlur={(event) => given.rename(root, event.target.value.trim() || 'publisher')}
          />
        ) : (
          <UntrustedText text={root.name} most={200} />
        )}
        <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
          {what}, <code>{root.id}</code>
        </Typography>
      </Stack>
      {root.from === 'server' ? (
        <Chip size="small" variant="outlined" color="warning" label="from this server" />
      ) : null}
      <Button
        size="small"
        color="inherit"
        onClick={() => given.remove(root)}
        aria-label={`Remove the ${what} ${visible(root.name)}`}
      >
        Remove
      </Button>
    </Stack>
  )
}

async function readRootFile(file: File): Promise<RootsRead> {
  if (file.size > maxRootBytes)
    return { roots: [], problems: [`${file.name} is too large to be a key or a checkpoint.`] }
  const { roots, problems } = await readRoots(await file.text(), file.name.replace(/(?:\.pub)?\.pem$/, ''))
  const empty = roots.length + problems.length === 0 ? ['there is nothing in it'] : problems
  return { roots, problems: empty.map((each) => `${file.name}: ${each}`) }
}
