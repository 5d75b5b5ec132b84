import { Typography } from '@mui/material'
import { count } from '../../parts/format.ts'
import { CommandLine } from '../../parts/command-line.tsx'
import { ActDialog } from './act-dialog.tsx'

const mostLetters = 500
const reason = 'Why'

/** The kill switch: everything of the organisation. */
export function StopDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <ActDialog
      operation="sandbox.stop"
      title="Stop all plugins?"
      confirm="Stop all plugins"
      isDangerous
      reason={reason}
      mostLetters={mostLetters}
      inputOf={(why) => ({ reason: why })}
      says={({ stoppedRuns }) =>
        `All plugins are stopped. Ended here: ${count(stoppedRuns, 'run')} under way.`
      }
      onClose={onClose}
    >
      <Typography>
        Every run under way in your organisation ends, and every run and call is refused until somebody lets
        plugins run again, after a restart too. Whoever is refused reads your reason.
      </Typography>
      <CommandLine command="npx switchboard sandbox stop --reason TEXT" />
    </ActDialog>
  )
}

export function ResumeDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <ActDialog
      operation="sandbox.resume"
      title="Let plugins run again?"
      confirm="Let plugins run again"
      reason={reason}
      mostLetters={mostLetters}
      inputOf={(why) => ({ reason: why })}
      says={() => 'Plugins may run again. Packages in quarantine stay there.'}
      onClose={onClose}
    >
      <Typography>
        Packages in quarantine stay there. Whoever stopped the plugins lets them run again only where no other
        administrator or reviewer could.
      </Typography>
      <CommandLine command="npx switchboard sandbox resume --reason TEXT" />
    </ActDialog>
  )
}

interface OfPackage {
  readonly id: string
  readonly onClose: () => void
}

export function QuarantineDialog({ id, onClose }: OfPackage) {
  return (
    <ActDialog
      operation="plugin.quarantine"
      title={`Put ${id} into quarantine?`}
      confirm={`Quarantine ${id}`}
      isDangerous
      reason={reason}
      mostLetters={mostLetters}
      inputOf={(why) => ({ id, reason: why })}
      says={({ stoppedRuns }) =>
        `${id} is in quarantine. Ended here: ${count(stoppedRuns, 'run')} under way.`
      }
      onClose={onClose}
    >
      <Typography>
        Its runs under way end, and every run and call of it is refused, at whatever version. Everything it
        left is kept as evidence: while it is held it cannot be uninstalled.
      </Typography>
      <CommandLine command={`npx switchboard plugin quarantine ${id} --reason TEXT`} />
    </ActDialog>
  )
}

export function ReleaseDialog({ id, onClose }: OfPackage) {
  return (
    <ActDialog
      operation="plugin.release"
      title={`Release ${id} from quarantine?`}
      confirm={`Release ${id}`}
      reason={reason}
      mostLetters={mostLetters}
      inputOf={(why) => ({ id, reason: why })}
      says={() => `${id} is released: it may run again, and be uninstalled.`}
      onClose={onClose}
    >
      <Typography>
        It may run again, and be uninstalled. Whoever put it there releases it only where no other
        administrator or reviewer could.
      </Typography>
      <CommandLine command={`npx switchboard plugin release ${id} --reason TEXT`} />
    </ActDialog>
  )
}
