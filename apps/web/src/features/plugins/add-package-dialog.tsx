import { Alert, Box, Button, Stack, Typography } from '@mui/material'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { bytes } from '../../parts/format.ts'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { useTell } from './done-notice.tsx'
import { mostPackageBytes, refusedBeforehand, toBase64 } from './package-file.ts'

/** A signed package file, chosen or dropped. What does not verify is refused with its rule, and nothing of it is kept. */
export function AddPackageDialog({ onClose }: { readonly onClose: () => void }) {
  const [file, setFile] = useState<File>()
  const [unread, setUnread] = useState(false)
  const act = useAct('package.add')
  const tell = useTell()
  useEffect(() => {
    // A file that misses the area would be opened in place of this page.
    const missed = (event: DragEvent) => event.preventDefault()
    window.addEventListener('dragover', missed)
    window.addEventListener('drop', missed)
    return () => {
      window.removeEventListener('dragover', missed)
      window.removeEventListener('drop', missed)
    }
  }, [])
  const choose = (chosen: File | undefined) => {
    if (chosen === undefined) return
    act.reset()
    setUnread(false)
    setFile(chosen)
  }
  const send = async (chosen: File) => {
    const content = await toBase64(chosen).catch(() => undefined)
    setUnread(content === undefined)
    if (content === undefined) return
    act.mutate(
      { content },
      {
        onSuccess: (answer) => {
          if (!answer.ok) return
          const { name, version, title } = answer.value
          tell({
            says: (
              <>
                <UntrustedText text={title} most={120} /> {version} is on the shelf. Nothing of it is
                installed.{' '}
                <Link to={`/plugins/${name}?version=${encodeURIComponent(version)}`}>Open {name}</Link>
              </>
            ),
            receiptId: answer.receiptId,
          })
          onClose()
        },
      },
    )
  }
  const refused = file === undefined ? undefined : refusedBeforehand(file)
  const unknownSigner = act.data?.ok === false && act.data.denial.code === 'signer_unknown'
  return (
    <ConfirmDialog
      title="Add a package"
      confirm="Add the package"
      isBusy={act.isPending}
      isIncomplete={file === undefined || refused !== undefined}
      onConfirm={() => void (file === undefined ? undefined : send(file))}
      onClose={onClose}
      outcome={
        <>
          {unread ? <Alert severity="error">The file cannot be read any more. Choose it again.</Alert> : null}
          <Acted act={act} />
          {unknownSigner ? (
            <Box>
              <Button component={Link} to="/plugins?tab=publishers&do=pin" variant="outlined" size="small">
                Pin a publisher key
              </Button>
            </Box>
          ) : null}
        </>
      }
    >
      <Typography>
        A signed package file (.sbp). The server checks its signature against the publishers you have pinned,
        every file against its list, and its manifest. Adding installs nothing and allows nothing.
      </Typography>
      <DropArea onFile={choose} />
      {file === undefined ? null : (
        <Typography role="status" sx={{ overflowWrap: 'anywhere' }}>
          <bdi>{visible(file.name)}</bdi>, {bytes(file.size)}
        </Typography>
      )}
      {refused === undefined ? null : <Alert severity="warning">{refused}</Alert>}
      <CommandLine command="npx switchboard plugin add FILE.sbp" />
    </ConfirmDialog>
  )
}

function DropArea({ onFile }: { readonly onFile: (file: File | undefined) => void }) {
  const picker = useRef<HTMLInputElement>(null)
  const [isOver, setOver] = useState(false)
  return (
    <Box
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        onFile(event.dataTransfer.files[0])
      }}
      sx={{
        border: '2px dashed',
        borderColor: isOver ? 'primary.main' : 'divider',
        borderRadius: 1,
        p: 3,
        textAlign: 'center',
      }}
    >
      <Stack spacing={1} sx={{ alignItems: 'center' }}>
        <Button variant="outlined" onClick={() => picker.current?.click()}>
          Choose a file
        </Button>
        <Typography variant="body2" color="textSecondary">
          or drop one here, of up to {bytes(mostPackageBytes)}
        </Typography>
      </Stack>
      <input
        ref={picker}
        type="file"
        accept=".sbp"
        hidden
        aria-label="Package file"
        onChange={(event) => {
          onFile(event.target.files?.[0])
          // The same file, chosen again after it was mended, is a choice too.
          event.target.value = ''
        }}
      />
    </Box>
  )
}
