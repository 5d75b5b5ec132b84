import { Box, Button, FormControlLabel, Stack, Switch, Typography } from '@mui/material'
import { useId, useState } from 'react'
import { CommandLine } from '../../parts/command-line.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { ActDialog } from './act-dialog.tsx'
import { consentInSum, firstCeiling, installCommand, installInput } from './consent.ts'
import type { Capability, PackageDetail } from './consent.ts'
import { levelSuffices } from './levels.ts'

/** Consent: nothing is granted but what the person turns on here, and the sum says what that comes to. */
export function InstallDialog(props: { readonly detail: PackageDetail; readonly onClose: () => void }) {
  const { detail, onClose } = props
  const { package: shown, capabilities } = detail
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const toggle = (scope: string) => setChosen(chosen.symmetricDifference(new Set([scope])))
  const required = capabilities.filter((each) => each.required)
  const input = installInput(detail, chosen)
  return (
    <ActDialog
      operation="plugin.install"
      title={`Install ${shown.name} ${shown.version}?`}
      confirm={chosen.size === 0 ? 'Install and grant nothing' : `Install and grant ${chosen.size}`}
      inputOf={() => input}
      says={({ id, version, granted }) =>
        `${id} ${version} is installed. ${granted.length === 0 ? 'Nothing is granted.' : `Granted: ${granted.join(', ')}.`}`
      }
      onClose={onClose}
    >
      <Typography>
        <strong>
          <UntrustedText text={shown.title} most={120} />
        </strong>
        , signed by <UntrustedText text={shown.publisher} most={80} />
      </Typography>
      {capabilities.length === 0 ? null : (
        <>
          <Typography>
            It asks for what follows. Turn on what you allow; you can change that at any time.
          </Typography>
          <Stack component="ul" spacing={1} sx={{ listStyle: 'none', m: 0, p: 0 }}>
            {capabilities.map((capability) => (
              <Consent
                key={capability.scope}
                capability={capability}
                isOn={chosen.has(capability.scope)}
                toggle={() => toggle(capability.scope)}
              />
            ))}
          </Stack>
          <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
            {required.length === 0 ? null : (
              <Button size="small" onClick={() => setChosen(new Set(required.map(({ scope }) => scope)))}>
                Turn on what is required
              </Button>
            )}
            <Button size="small" onClick={() => setChosen(new Set())}>
              Turn all off
            </Button>
          </Stack>
        </>
      )}
      <Box aria-live="polite">
        <Typography variant="h3" component="h3">
          What will happen
        </Typography>
        <Typography>{consentInSum(capabilities, chosen)}</Typography>
        {shown.kind === 'plugin' ? (
          <>
            <Typography sx={{ mt: 0.5 }}>{ceilingSentence(firstCeiling(capabilities))}</Typography>
            <Typography sx={{ mt: 0.5 }}>{levelSentence(detail)}</Typography>
          </>
        ) : null}
      </Box>
      <CommandLine command={installCommand(input)} />
    </ActDialog>
  )
}

function Consent(props: {
  readonly capability: Capability
  readonly isOn: boolean
  readonly toggle: () => void
}) {
  const { scope, required, impact } = props.capability
  const impactId = useId()
  return (
    <Box component="li" sx={{ border: 1, borderColor: 'divider', borderRadius: 1, px: 1.5, py: 0.5 }}>
      <FormControlLabel
        control={
          <Switch
            checked={props.isOn}
            onChange={props.toggle}
            slotProps={{ input: { 'aria-describedby': impactId } }}
          />
        }
        label={
          <>
            <code>{scope}</code> ({required ? 'required' : 'optional'})
          </>
        }
      />
      <Typography id={impactId} variant="body2" sx={{ pl: 6, pb: 0.5 }}>
        {impact} {withoutIt(required)}
      </Typography>
    </Box>
  )
}

export function withoutIt(required: boolean): string {
  return required ? 'Without it, runs that need it end in a refusal.' : 'It works without, and may find less.'
}

function ceilingSentence(ceiling: 'GREEN' | 'RED'): string {
  return ceiling === 'GREEN'
    ? 'It names hosts, so it may be given information up to TLP:GREEN and PAP:GREEN until you raise that.'
    : 'It names no host, so it may be given information of every marking until you lower that.'
}

function levelSentence({ package: { neededLevel }, reachedLevel }: PackageDetail): string {
  return levelSuffices(neededLevel, reachedLevel)
    ? `It may run: it needs sandbox level ${neededLevel}, and this server reached ${reachedLevel}.`
    : `It may not run yet: it needs sandbox level ${neededLevel}, and this server reached ${reachedLevel}. A review of its code would change that.`
}
