import { Box, MenuItem, Stack, TextField, Typography } from '@mui/material'
import type { InputOf, OperationByName } from '@switchboard/api'
import { useState } from 'react'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { MarkingChip } from '../../parts/marking-chip.tsx'
import { paps, tlps } from '../../parts/markings.ts'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { Section } from '../../parts/section.tsx'
import { licencesIn } from './licences.ts'
import type { PackageDetail } from './consent.ts'

type Ceilings = InputOf<OperationByName<'plugin.set_ceilings'>>

/** Up to which marking, and under which licences, the package may be given information. */
export function CeilingsCard({ detail }: { readonly detail: PackageDetail }) {
  const id = detail.package.name
  const now = detail.installation?.ceilings
  const [changed, setChanged] = useState<Omit<Ceilings, 'id'>>({})
  const [licences, setLicences] = useState<string>()
  const act = useAct('plugin.set_ceilings')
  if (now === undefined) return null
  const typed = licences ?? now.licences.join('\n')
  const input: Ceilings = {
    id,
    ...changed,
    ...(licences === undefined ? {} : { licences: licencesIn(licences) }),
  }
  const isChanged = Object.keys(input).length > 1
  const send = () =>
    act.mutate(input, {
      onSuccess: (answer) => {
        if (!answer.ok) return
        setChanged({})
        setLicences(undefined)
      },
    })
  return (
    <Section id="ceilings" title="Ceilings">
      <Stack
        component="form"
        spacing={2}
        onSubmit={(event) => {
          event.preventDefault()
          if (isChanged) send()
        }}
      >
        <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
          <MarkingChip value={now.tlp} />
          <MarkingChip kind="PAP" value={now.pap} />
          <Typography variant="body2">
            {now.licences.includes('*') ? 'any licence' : `licences: ${now.licences.join(', ') || 'none'}`}
          </Typography>
        </Stack>
        <Typography color="textSecondary">
          It may be given information up to these markings, and data under these licences. A call for anything
          above is refused. A change holds from the next call on.
        </Typography>
        <Stack direction="row" spacing={1.5} useFlexGap sx={{ flexWrap: 'wrap' }}>
          <Choice
            label="TLP at most"
            values={tlps}
            value={changed.tlp ?? now.tlp}
            choose={(tlp) => setChanged({ ...changed, tlp })}
          />
          <Choice
            label="PAP at most"
            values={paps}
            value={changed.pap ?? now.pap}
            choose={(pap) => setChanged({ ...changed, pap })}
          />
        </Stack>
        <TextField
          label="Licences"
          value={typed}
          onChange={(event) => setLicences(event.target.value)}
          multiline
          maxRows={8}
          helperText="One on each line, as data and entities name them; * for any, nothing for none."
          slotProps={{ htmlInput: { spellCheck: false } }}
        />
        <Box>
          <AllowedButton
            operation="plugin.set_ceilings"
            submits
            variant="outlined"
            disabled={!isChanged}
            loading={act.isPending}
          >
            Set the ceilings
          </AllowedButton>
        </Box>
        <Acted act={act}>
          {(_, receiptId) => (
            <Stack direction="row" spacing={1} sx={{ alignItems: 'center' }}>
              <Typography variant="body2">The ceilings are set.</Typography>
              {receiptId === undefined ? null : <ReceiptChip id={receiptId} />}
            </Stack>
          )}
        </Acted>
        <CommandLine
          command={`npx switchboard plugin ceilings ${id} --tlp ${input.tlp ?? now.tlp} --pap ${input.pap ?? now.pap}`}
        />
      </Stack>
    </Section>
  )
}

function Choice<Value extends string>(props: {
  readonly label: string
  readonly values: readonly Value[]
  readonly value: Value
  readonly choose: (value: Value) => void
}) {
  return (
    <TextField
      select
      size="small"
      label={props.label}
      value={props.value}
      onChange={(event) => {
        const chosen = props.values.find((value) => value === event.target.value)
        if (chosen !== undefined) props.choose(chosen)
      }}
      sx={{ minWidth: 170 }}
    >
      {props.values.map((value) => (
        <MenuItem key={value} value={value}>
          {value}
        </MenuItem>
      ))}
    </TextField>
  )
}
