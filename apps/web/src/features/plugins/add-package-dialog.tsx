import { Alert, Box, Button, Typography } from '@mui/material'
import { useState } from 'react'
import { Link } from 'react-router'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { DropZone } from '../../parts/drop-zone.tsx'
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
      <DropZone
        choose="Choose a package"
        says={`or drop one here, of up to ${bytes(mostPackageBytes)}`}
        accept=".sbp"
        onFiles={([chosen]) => choose(chosen)}
      />
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
