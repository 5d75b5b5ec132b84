import { Alert, Chip, MenuItem, Stack, TextField, Typography } from '@mui/material'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import type { PackageDetail } from './consent.ts'
import { HoldAlert } from './hold-alert.tsx'
import { LevelNote, TrustChip } from './package-chips.tsx'
import type { Hold } from './use-sandbox.ts'

/** Where a package stands, in one line; and above it whatever keeps it from running. */
export function PluginState(props: {
  readonly detail: PackageDetail
  readonly hold: Hold | undefined
  readonly open: (dialog: string) => void
}) {
  const { detail, hold, open } = props
  const { package: shown, installation } = detail
  return (
    <>
      {hold === undefined ? null : (
        <HoldAlert
          title="In quarantine"
          hold={hold}
          lift={
            <AllowedButton
              operation="plugin.release"
              size="small"
              variant="outlined"
              color="inherit"
              onClick={() => open('release')}
            >
              Release from quarantine
            </AllowedButton>
          }
        />
      )}
      <Stack direction="row" spacing={1.5} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
        <VersionChoice detail={detail} />
        <StateChip state={installation === null ? 'not installed' : 'installed'} />
        <Chip size="small" variant="outlined" label={shown.kind === 'data' ? 'data package' : 'plugin'} />
        <Typography variant="body2" component="div">
          by <UntrustedText text={shown.publisher} most={80} />
        </Typography>
        <TrustChip trust={shown.trust} />
        <LevelNote needed={shown.neededLevel} reached={detail.reachedLevel} />
      </Stack>
      {installation === null || installation.version === shown.version ? null : (
        <Alert severity="info" variant="outlined">
          This is version {shown.version} on the shelf. Installed is {installation.version}: grants and
          ceilings are its.
        </Alert>
      )}
    </>
  )
}

function VersionChoice({ detail }: { readonly detail: PackageDetail }) {
  const [, choose] = useUrlState('version')
  const { versions, installation } = detail
  return (
    <TextField
      select
      size="small"
      label="Version"
      value={detail.package.version}
      onChange={(event) => choose(event.target.value)}
      sx={{ minWidth: 140 }}
    >
      {versions.toReversed().map((version) => (
        <MenuItem key={version} value={version}>
          {version}
          {version === installation?.version ? ' (installed)' : ''}
        </MenuItem>
      ))}
    </TextField>
  )
}
