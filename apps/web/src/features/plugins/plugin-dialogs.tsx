import { Typography } from '@mui/material'
import { CommandLine } from '../../parts/command-line.tsx'
import { count } from '../../parts/format.ts'
import { ActDialog } from './act-dialog.tsx'
import type { PackageDetail } from './consent.ts'
import { QuarantineDialog, ReleaseDialog } from './hold-dialog.tsx'
import { InstallDialog } from './install-dialog.tsx'
import type { Purged } from './purge-manifest-card.tsx'
import { ReviewDialog, UnreviewDialog } from './review-dialog.tsx'
import { UninstallDialog } from './uninstall-dialog.tsx'

/** The dialog that the address names, where it fits what the package is now. */
export function PluginDialogs(props: {
  readonly detail: PackageDetail
  readonly dialog: string
  readonly close: () => void
  readonly onPurged: (purged: Purged) => void
}) {
  const { detail, dialog, close } = props
  const id = detail.package.name
  const isInstalled = detail.installation !== null
  switch (dialog) {
    case 'install':
      return isInstalled ? null : <InstallDialog detail={detail} onClose={close} />
    case 'uninstall':
      return isInstalled ? <UninstallDialog id={id} onPurged={props.onPurged} onClose={close} /> : null
    case 'undo':
      return isInstalled ? <UndoDialog id={id} onClose={close} /> : null
    case 'quarantine':
      return <QuarantineDialog id={id} onClose={close} />
    case 'release':
      return <ReleaseDialog id={id} onClose={close} />
    case 'review':
      return <ReviewDialog detail={detail} onClose={close} />
    case 'unreview':
      return <UnreviewDialog detail={detail} onClose={close} />
    case 'clear-values':
      return <ClearValuesDialog id={id} onClose={close} />
    default:
      return null
  }
}

interface OfPackage {
  readonly id: string
  readonly onClose: () => void
}

function UndoDialog({ id, onClose }: OfPackage) {
  return (
    <ActDialog
      operation="plugin.undo"
      title={`Undo everything ${id} wrote?`}
      confirm="Undo what it wrote"
      isDangerous
      inputOf={() => ({ id })}
      says={(value) =>
        `Undone, over ${count(value.runs, 'run')}: ${count(value.removedEntities, 'entity', 'entities')} and ${count(value.removedRelations, 'relation')} removed, ${value.restored.toLocaleString('en')} restored, ${value.kept.toLocaleString('en')} kept because somebody else confirmed them.`
      }
      onClose={onClose}
    >
      <Typography>
        What its runs wrote, or had accepted, is taken back, newest first. What somebody else has confirmed
        since stays. The package stays installed, and the receipts of its runs stay.
      </Typography>
      <CommandLine command={`npx switchboard plugin undo ${id}`} />
    </ActDialog>
  )
}

function ClearValuesDialog({ id, onClose }: OfPackage) {
  return (
    <ActDialog
      operation="plugin.kv_clear"
      title={`Clear what ${id} keeps?`}
      confirm="Clear the kept values"
      isDangerous
      inputOf={() => ({ id })}
      says={({ keys }) => `${count(keys, 'value')} cleared.`}
      onClose={onClose}
    >
      <Typography>
        Every value that it keeps between runs is deleted, and cannot be brought back. It stays installed and
        begins anew with its next run.
      </Typography>
      <CommandLine command={`npx switchboard plugin kv-clear ${id}`} />
    </ActDialog>
  )
}
