import { Link, TextField, Typography } from '@mui/material'
import { useState } from 'react'
import { Link as PageLink } from 'react-router'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { CasePicker, newCase } from '../../parts/case-picker.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { Section } from '../../parts/section.tsx'
import type { Run } from './run-state.ts'

const mostInCommand = 12

/** Into which case the chosen rows go: one that is there, or a new one. */
export function AcceptRows(props: {
  readonly run: Run
  readonly picked: readonly string[]
  readonly isAll: boolean
}) {
  const { run, picked, isAll } = props
  const [into, setInto] = useState(run.case ?? '')
  const [title, setTitle] = useState('')
  const open = useAct('case.create')
  const accept = useAct('run.accept')
  const lacks =
    picked.length === 0
      ? 'Choose at least one row.'
      : into === ''
        ? 'Choose a case.'
        : into === newCase && title.trim() === ''
          ? 'Give the new case a title.'
          : undefined

  const start = async () => {
    let id = into
    if (into === newCase) {
      const opened = await open.mutateAsync({ title: title.trim() })
      if (!opened.ok) return
      id = opened.value.id
      // A refusal of the rows must not open the case a second time.
      setInto(id)
    }
    await accept.mutateAsync({ id: run.id, case: id, ...(isAll ? {} : { rows: [...picked] }) })
  }
  return (
    <Section id="accept" title="Accept into a case">
      <Typography color="textSecondary" variant="body2">
        What you choose is written into the graph and attached to the case, with this run as where it comes
        from. It can be undone.
      </Typography>
      <CasePicker label="Into" none="Choose a case" mayBeNew value={into} onChange={setInto} />
      {into === newCase ? (
        <TextField
          size="small"
          label="Title of the new case"
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          slotProps={{ htmlInput: { maxLength: 300 } }}
        />
      ) : null}
      <AllowedButton
        operation="run.accept"
        why={lacks}
        variant="contained"
        startIcon={<Icon name="check" />}
        loading={accept.isPending || open.isPending}
        onClick={() => {
          // Faults are shown from the mutations' own states.
          start().catch(() => undefined)
        }}
      >
        Accept {count(picked.length, 'row')}
      </AllowedButton>
      {open.data?.ok === false || open.error !== null ? <Acted act={open} /> : null}
      <Acted act={accept}>
        {({ accepted, created, updated, relations }) => (
          <Typography role="status">
            Accepted {count(accepted, 'row')}: {count(created, 'entity', 'entities')} created,{' '}
            {updated.toLocaleString('en')} changed, {count(relations, 'relation')} added.{' '}
            <Link component={PageLink} to={`/cases/${into}`}>
              Open the case
            </Link>
          </Typography>
        )}
      </Acted>
      {isAll || picked.length <= mostInCommand ? (
        <CommandLine command={commandFor(run, into, picked, isAll)} />
      ) : null}
    </Section>
  )
}

function commandFor(run: Run, into: string, picked: readonly string[], isAll: boolean): string {
  const caseId = into === '' || into === newCase ? 'CASE' : into
  const rows = isAll ? '' : picked.map((row) => ` --rows ${row}`).join('')
  return `npx switchboard run accept ${run.id} ${caseId}${rows}`
}
