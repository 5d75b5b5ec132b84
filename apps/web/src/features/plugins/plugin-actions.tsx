import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Icon } from '../../parts/icons.tsx'
import type { PackageDetail } from './consent.ts'
import { levelSuffices } from './levels.ts'

/** What one does with a package, first of all; what cannot be done now says why. */
export function PluginActions(props: {
  readonly detail: PackageDetail
  readonly isHeld: boolean
  readonly isStopped: boolean
  readonly open: (dialog: string) => void
}) {
  const { detail, open } = props
  const { name, kind } = detail.package
  return (
    <>
      {kind === 'plugin' ? (
        <AllowedButton
          operation="plugin.run"
          variant={detail.installation === null ? 'outlined' : 'contained'}
          startIcon={<Icon name="play" />}
          to={`/plugins/${name}/run`}
          why={whyNotRun(props)}
        >
          Run
        </AllowedButton>
      ) : null}
      {detail.installation === null ? (
        <AllowedButton
          operation="plugin.install"
          variant="contained"
          startIcon={<Icon name="download" />}
          onClick={() => open('install')}
        >
          Install
        </AllowedButton>
      ) : null}
    </>
  )
}

function whyNotRun({
  detail,
  isHeld,
  isStopped,
}: {
  readonly detail: PackageDetail
  readonly isHeld: boolean
  readonly isStopped: boolean
}): string | undefined {
  const { installation, reachedLevel } = detail
  if (installation === null) return 'It is not installed.'
  if (isStopped) return 'All plugins are stopped.'
  if (isHeld) return 'It is in quarantine.'
  const isShown = installation.version === detail.package.version
  // Of another version that is shown the level says nothing about the one that runs.
  return isShown && !levelSuffices(detail.package.neededLevel, reachedLevel)
    ? `It needs sandbox level ${detail.package.neededLevel}, or a review of its code; here is ${reachedLevel}.`
    : undefined
}
