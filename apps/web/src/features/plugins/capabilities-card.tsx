import { Box, FormControlLabel, Stack, Switch, Typography } from '@mui/material'
import { useId } from 'react'
import { useAct } from '../../api/use-act.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { Acted } from '../../parts/acted.tsx'
import { refusalOf } from '../../parts/allowed-button.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { Section } from '../../parts/section.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import type { Capability, PackageDetail } from './consent.ts'
import { withoutIt } from './install-dialog.tsx'

/** What the code asks to reach, each with its impact; of what is installed each is granted and revoked here, at once. */
export function CapabilitiesCard({ detail }: { readonly detail: PackageDetail }) {
  const { capabilities, installation, package: shown } = detail
  const isInstalled = installation?.version === shown.version
  const granted = capabilities.filter((each) => each.granted).length
  const permission = usePermissions()?.get('plugin.grant')
  return (
    <Section id="capabilities" title="Capabilities">
      <Typography color="textSecondary">
        {capabilities.length === 0
          ? 'It asks for none: it computes on what it is handed and reaches nothing.'
          : isInstalled
            ? `${granted} of ${capabilities.length} granted. A change holds from the next call on, runs under way included.`
            : 'What it asks for. Nothing is granted before somebody installs it and consents.'}
      </Typography>
      {isInstalled && permission?.may === false ? (
        <Typography color="textSecondary">{refusalOf(permission.roles)}</Typography>
      ) : null}
      {capabilities.length === 0 ? null : (
        <Stack component="ul" spacing={1} sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {capabilities.map((capability) => (
            <CapabilityRow
              key={capability.scope}
              id={shown.name}
              capability={capability}
              isInstalled={isInstalled}
              mayChange={permission?.may === true}
            />
          ))}
        </Stack>
      )}
      {isInstalled && capabilities[0] !== undefined ? (
        <CommandLine command={`npx switchboard plugin grant ${shown.name} ${capabilities[0].scope}`} />
      ) : null}
    </Section>
  )
}

function CapabilityRow(props: {
  readonly id: string
  readonly capability: Capability
  readonly isInstalled: boolean
  readonly mayChange: boolean
}) {
  const { id, isInstalled } = props
  const { scope, granted, required, impact } = props.capability
  const impactId = useId()
  const grant = useAct('plugin.grant')
  const revoke = useAct('plugin.revoke')
  const isBusy = grant.isPending || revoke.isPending
  const change = () => {
    grant.reset()
    revoke.reset()
    ;(granted ? revoke : grant).mutate({ id, caps: [scope] })
  }
  const name = (
    <>
      <code>{scope}</code> ({required ? 'required' : 'optional'})
    </>
  )
  return (
    <Box component="li" sx={{ border: 1, borderColor: 'divider', borderRadius: 1, px: 1.5, py: 1 }}>
      <Stack
        direction="row"
        spacing={1}
        useFlexGap
        sx={{ flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between' }}
      >
        {isInstalled ? (
          <FormControlLabel
            control={
              <Switch
                checked={granted}
                disabled={isBusy || !props.mayChange}
                onChange={change}
                slotProps={{ input: { 'aria-describedby': impactId } }}
              />
            }
            label={name}
            // Who may not change it reads it all the same.
            sx={{ '& .MuiFormControlLabel-label.Mui-disabled': { color: 'text.primary' } }}
          />
        ) : (
          <Typography component="div">{name}</Typography>
        )}
        {isInstalled ? <StateChip state={granted ? 'granted' : 'not granted'} /> : null}
      </Stack>
      <Typography id={impactId} variant="body2">
        {impact} {granted ? '' : withoutIt(required)}
      </Typography>
      <Acted act={grant}>{(_, receiptId) => <Changed says="Granted." receiptId={receiptId} />}</Acted>
      <Acted act={revoke}>{(_, receiptId) => <Changed says="Revoked." receiptId={receiptId} />}</Acted>
    </Box>
  )
}

function Changed(props: { readonly says: string; readonly receiptId: string | undefined }) {
  return (
    <Stack direction="row" spacing={1} sx={{ alignItems: 'center', mt: 0.5 }}>
      <Typography variant="body2">{props.says}</Typography>
      {props.receiptId === undefined ? null : <ReceiptChip id={props.receiptId} />}
    </Stack>
  )
}
