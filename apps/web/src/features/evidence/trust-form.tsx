import { Button, Stack, TextField, Typography } from '@mui/material'
import type { RootsRead } from '@switchboard/verifier/worker-client'
import { useRef, useState } from 'react'
import { visible } from '../../parts/untrusted-text.tsx'
import { readRoots } from '../../verify/browser-verifier.ts'
import { DropZone } from '../../parts/drop-zone.tsx'
import { OfferedKey } from './offered-key.tsx'
import { TrustRoot } from './trust-root.tsx'
import { identityOf } from './use-trust.ts'
import type { TrustGiven } from './use-trust.ts'

/** Larger files are no keys; they would only be read to say so. */
const maxRootBytes = 1_000_000

/** Keys and checkpoints that the reader trusts: pasted, dropped, or this server's own with a word about that. */
export function TrustForm({ given }: { readonly given: TrustGiven }) {
  const field = useRef<HTMLTextAreaElement>(null)
  // What was pressed is gone afterwards, and the focus would be lost with it.
  const toField = () => field.current?.focus()
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
    <Stack spacing={2}>
      {given.roots.length === 0 ? null : (
        <Stack component="ul" aria-label="What you trust" spacing={1} sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {given.roots.map((root) => (
            <TrustRoot key={identityOf(root)} root={root} given={given} onRemoved={toField} />
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
          inputRef={field}
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
          <OfferedKey given={given} onTaken={toField} />
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
