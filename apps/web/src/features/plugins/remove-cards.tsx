import { Stack, Typography } from '@mui/material'
import type { ReactNode } from 'react'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Section } from '../../parts/section.tsx'
import type { PackageDetail } from './consent.ts'

/** From the brake to the end: quarantine, taking back what it wrote, uninstalling. */
export function RemoveCards(props: {
  readonly detail: PackageDetail
  readonly isHeld: boolean
  readonly open: (dialog: string) => void
}) {
  const { detail, isHeld, open } = props
  const notInstalled = detail.installation === null ? 'It is not installed.' : undefined
  return (
    <Stack spacing={3}>
      <Step
        id="step-quarantine"
        title="Quarantine"
        says={
          isHeld
            ? 'It is held: every run and call of it is refused, and what it left is kept as evidence.'
            : 'Ends its runs under way and refuses every run and call of it, at once. Everything it left is kept as evidence.'
        }
      >
        {isHeld ? (
          <AllowedButton operation="plugin.release" variant="outlined" onClick={() => open('release')}>
            Release from quarantine
          </AllowedButton>
        ) : (
          <AllowedButton
            operation="plugin.quarantine"
            variant="outlined"
            color="error"
            onClick={() => open('quarantine')}
          >
            Put into quarantine
          </AllowedButton>
        )}
      </Step>
      {detail.package.kind === 'data' ? null : (
        <Step
          id="step-undo"
          title="Undo everything it wrote"
          says="Takes back what its runs wrote or had accepted, newest first, as far as nobody else has confirmed it since."
        >
          <AllowedButton
            operation="plugin.undo"
            variant="outlined"
            color="error"
            why={notInstalled}
            onClick={() => open('undo')}
          >
            Undo what it wrote
          </AllowedButton>
        </Step>
      )}
      <Step
        id="step-uninstall"
        title="Uninstall"
        says="Removes the installation with its grants, secrets, runs, logs and kept values, then searches every table and file for what might be left, and says what was removed, what was kept and why."
      >
        <AllowedButton
          operation="plugin.uninstall"
          variant="outlined"
          color="error"
          why={notInstalled ?? (isHeld ? 'It is in quarantine: what it left is evidence.' : undefined)}
          onClick={() => open('uninstall')}
        >
          Uninstall
        </AllowedButton>
      </Step>
    </Stack>
  )
}

function Step(props: {
  readonly id: string
  readonly title: string
  readonly says: string
  readonly children: ReactNode
}) {
  return (
    <Section id={props.id} title={props.title}>
      <Typography>{props.says}</Typography>
      {props.children}
    </Section>
  )
}
