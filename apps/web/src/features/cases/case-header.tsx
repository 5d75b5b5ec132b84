import { Alert, AlertTitle, Box, Stack, Typography } from '@mui/material'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Instant } from '../../parts/instant.tsx'
import { MarkingChip, markingSays } from '../../parts/marking-chip.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { FoundCase } from './found-case.ts'
import { HoldDialog } from './hold-dialog.tsx'
import { MarkingDialog } from './marking-dialog.tsx'

/** What bounds the case: its markings in sentences, and the legal holds that stand. */
export function CaseHeader(props: {
  readonly found: FoundCase
  readonly dialog: string
  readonly onDialog: (dialog: string) => void
}) {
  const { found, dialog, onDialog } = props
  const holds = found.holds ?? []
  const lifting = holds.find(({ id }) => dialog === `lift-${id}`)
  return (
    <Section id="bounds" title="What bounds this case">
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: '1fr', md: '1fr 1fr' } }}>
        <Marking kind="TLP" value={found.tlp} onChange={() => onDialog('tlp')} />
        <Marking kind="PAP" value={found.pap} onChange={() => onDialog('pap')} />
      </Box>
      {holds.map(({ id, reason, by, at }) => (
        <Alert key={id} severity="info" variant="outlined" icon={<Icon name="lock" />}>
          <AlertTitle>Under legal hold</AlertTitle>
          <Stack spacing={1} sx={{ alignItems: 'flex-start' }}>
            <Typography>
              <UntrustedText text={by} most={80} /> placed it at <Instant ms={at} />:{' '}
              <UntrustedText text={reason} />
            </Typography>
            <Typography variant="body2">
              While it stands nothing of the case is pruned, erased, forgotten or undone.
            </Typography>
            <AllowedButton operation="hold.lift" size="small" onClick={() => onDialog(`lift-${id}`)}>
              Ask for the end of this hold
            </AllowedButton>
          </Stack>
        </Alert>
      ))}
      <LiftedHolds caseId={found.id} />
      <Stack
        direction={{ xs: 'column', sm: 'row' }}
        spacing={2}
        sx={{ alignItems: { xs: 'flex-start', sm: 'center' } }}
      >
        {holds.length === 0 ? <Typography color="textSecondary">No legal hold stands.</Typography> : null}
        <AllowedButton
          operation="hold.place"
          size="small"
          variant="outlined"
          startIcon={<Icon name="lock" />}
          onClick={() => onDialog('hold')}
        >
          {holds.length === 0 ? 'Put under legal hold' : 'Put under another hold'}
        </AllowedButton>
      </Stack>
      {dialog === 'tlp' || dialog === 'pap' ? (
        <MarkingDialog
          key={dialog}
          kind={dialog === 'tlp' ? 'TLP' : 'PAP'}
          found={found}
          onClose={() => onDialog('')}
        />
      ) : null}
      {dialog === 'hold' ? <HoldDialog found={found} onClose={() => onDialog('')} /> : null}
      {lifting === undefined ? null : (
        <HoldDialog found={found} lifting={lifting} onClose={() => onDialog('')} />
      )}
    </Section>
  )
}

/** Holds that ended stay told: who asked for it, and why. */
function LiftedHolds({ caseId }: { readonly caseId: string }) {
  const { data } = useRead('hold.list', { case: caseId, lifted: true, limit: 20 })
  const rows = data?.ok === true ? data.value.rows : []
  return rows.map(({ id, lifted }) =>
    lifted === null ? null : (
      <Typography key={id} variant="body2" color="textSecondary">
        A hold ended at <Instant ms={lifted.at} />, asked for by <UntrustedText text={lifted.by} most={80} />:{' '}
        <UntrustedText text={lifted.reason} />
      </Typography>
    ),
  )
}

function Marking(props: {
  readonly kind: 'TLP' | 'PAP'
  readonly value: string
  readonly onChange: () => void
}) {
  const { kind, value, onChange } = props
  return (
    <Stack
      direction="row"
      spacing={1}
      useFlexGap
      sx={{ flexWrap: 'wrap', alignItems: 'center', alignContent: 'flex-start' }}
    >
      <MarkingChip kind={kind} value={value} />
      <AllowedButton
        operation={kind === 'TLP' ? 'case.set_tlp' : 'case.set_pap'}
        size="small"
        onClick={onChange}
      >
        Change the {kind}
      </AllowedButton>
      <Typography variant="body2" sx={{ flexBasis: '100%' }}>
        {markingSays(kind, value)}
      </Typography>
    </Stack>
  )
}
