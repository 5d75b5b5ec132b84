import { Typography } from '@mui/material'
import { CommandLine } from '../../parts/command-line.tsx'
import { ActDialog } from './act-dialog.tsx'
import type { PackageDetail } from './consent.ts'

interface OfVersion {
  readonly detail: PackageDetail
  readonly onClose: () => void
}
const mostLetters = 2_000

export function ReviewDialog({ detail: { package: shown }, onClose }: OfVersion) {
  const { name, version, digest } = shown
  return (
    <ActDialog
      operation="plugin.review"
      title={`Review ${name} ${version}?`}
      confirm="State that I have read it"
      reason="What you read, and what you found"
      mostLetters={mostLetters}
      inputOf={(note) => ({ id: name, version, digest, note })}
      says={() => `${name} ${version} is reviewed: it may run at every sandbox level.`}
      onClose={onClose}
    >
      <Typography>
        You state that you have read this version, and its code may then run at every sandbox level. The
        review is of exactly this content; any other has none:
      </Typography>
      <Typography component="code" sx={{ overflowWrap: 'anywhere' }}>
        {digest}
      </Typography>
      <Typography color="textSecondary">
        Whoever added a version reviews it only where no other administrator or reviewer could.
      </Typography>
      <CommandLine command={`npx switchboard plugin review ${name} --version ${version} --note TEXT`} />
    </ActDialog>
  )
}

export function UnreviewDialog({ detail: { package: shown }, onClose }: OfVersion) {
  const { name, version } = shown
  return (
    <ActDialog
      operation="plugin.unreview"
      title={`Take the review of ${name} ${version} back?`}
      confirm="Take the review back"
      isDangerous
      reason="Why"
      mostLetters={mostLetters}
      inputOf={(note) => ({ id: name, version, note })}
      says={({ neededLevel }) =>
        `The review is taken back: ${name} ${version} needs level ${neededLevel} again.`
      }
      onClose={onClose}
    >
      <Typography>
        From the next run on the version needs again the level that its publisher gives it. Runs under way go
        on: quarantine ends those.
      </Typography>
    </ActDialog>
  )
}
