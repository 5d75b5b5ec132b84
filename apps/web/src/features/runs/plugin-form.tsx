import { Alert, Button, Link, Stack, Typography } from '@mui/material'
import { useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import { useAct } from '../../api/use-act.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { SchemaForm } from '../../forms/schema-form.tsx'
import { Acted } from '../../parts/acted.tsx'
import { CasePicker } from '../../parts/case-picker.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { forShell } from '../../parts/for-shell.ts'
import { Section } from '../../parts/section.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { drawnSchema, lacksAlternative, takesCase } from './drawn-schema.ts'
import { Fills } from './fills.tsx'
import { FormBoundary } from './form-boundary.tsx'
import { JsonField, readJson } from './json-field.tsx'
import { LinesField } from './lines-field.tsx'
import { usePluginDraft } from './use-plugin-draft.ts'

const fields = { lines: LinesField }
type Value = Readonly<Record<string, unknown>>

/** The input of a run: as a form where the plugin says what it takes, as JSON otherwise or where somebody prefers it. */
export function PluginForm(props: {
  readonly plugin: string
  readonly user: string
  readonly schema: unknown
  /** The input of an earlier run. */
  readonly given: unknown
}) {
  const { plugin, user, schema, given } = props
  const navigate = useNavigate()
  const [asked, setCase] = useUrlState('case')
  // An address can say anything; what is no case is none.
  const caseId = /^case_[0-9a-f]{32}$/.test(asked) ? asked : ''
  const [as, setAs] = useUrlState('as', 'form')
  const [lacks, setLacks] = useState(false)
  const drawn = useMemo(() => drawnSchema(schema), [schema])
  const { draft, setDraft, last, fill, ran } = usePluginDraft({ user, plugin, drawn, given })
  const submit = useAct('run.submit')
  const permission = usePermissions()?.get('run.submit')
  const isRefused = permission?.may === false
  const mayTakeCase = takesCase(schema)
  const isForm = drawn !== undefined && as === 'form'
  const withCase = (value: Value): Value =>
    caseId !== '' && mayTakeCase ? { ...value, case: caseId } : value

  const run = async (input: unknown) => {
    const answer = await submit.mutateAsync({
      id: plugin,
      input,
      ...(caseId === '' || !mayTakeCase ? {} : { case: caseId }),
    })
    if (!answer.ok) return
    ran(input)
    await navigate(`/runs/${answer.value.runId}`)
  }
  const start = (input: unknown) => {
    // A fault is shown from the mutation's own state.
    run(input).catch(() => undefined)
  }

  const json = (
    <Stack
      component="form"
      spacing={2}
      onSubmit={(event) => {
        event.preventDefault()
        const read = readJson(draft.text)
        if (read.ok) start(read.value)
      }}
    >
      <JsonField text={draft.text} onChange={(text) => setDraft({ ...draft, text })} />
      <Button
        type="submit"
        variant="contained"
        loading={submit.isPending}
        disabled={!readJson(draft.text).ok || isRefused}
        sx={{ alignSelf: 'flex-start' }}
      >
        Run {plugin}
      </Button>
    </Stack>
  )

  return (
    <Section id="input" title="What it is given">
      {isRefused ? (
        <Alert severity="warning" variant="outlined">
          Your roles may not run plugins. Ask an administrator for the role{' '}
          {permission.roles.join(' or ') || 'that may'}.
        </Alert>
      ) : null}
      <Fills schema={schema} last={last} onFill={fill} />
      <CasePicker
        label="Case"
        none="No case"
        value={mayTakeCase ? caseId : ''}
        onChange={setCase}
        isDisabled={!mayTakeCase}
        helperText={
          mayTakeCase
            ? 'What it finds can be accepted into the case, and bears its marking.'
            : 'This plugin takes no case.'
        }
      />
      {drawn === undefined ? (
        <Typography color="textSecondary" variant="body2">
          {schema === undefined
            ? 'This plugin does not say what it takes.'
            : 'What this plugin takes is more than a form can show.'}
        </Typography>
      ) : (
        <Link
          component="button"
          type="button"
          variant="body2"
          onClick={() => {
            if (isForm) fill(draft.value)
            else {
              const read = readJson(draft.text)
              if (read.ok && typeof read.value === 'object' && read.value !== null) fill(read.value as Value)
            }
            setAs(isForm ? 'json' : 'form')
          }}
          sx={{ alignSelf: 'flex-start' }}
        >
          {isForm ? 'Write it as JSON' : 'Fill in the form'}
        </Link>
      )}
      {isForm ? (
        <FormBoundary otherwise={json}>
          {drawn.alternatives.length < 2 ? null : (
            <Typography variant="body2" color="textSecondary">
              It needs one of these: {drawn.alternatives.map((titles) => titles.join(' and ')).join(', or ')}.
            </Typography>
          )}
          <SchemaForm
            schema={drawn.schema}
            uiSchema={drawn.uiSchema}
            fields={fields}
            value={withCase(draft.value)}
            submitLabel={`Run ${plugin}`}
            isBusy={submit.isPending}
            isBlocked={isRefused}
            onChange={(value) => {
              setLacks(false)
              const { case: _, ...rest } = (value ?? {}) as Value
              setDraft({ ...draft, value: rest })
            }}
            onSubmit={(value) => {
              if (lacksAlternative(drawn, value)) setLacks(true)
              else start(value)
            }}
          />
        </FormBoundary>
      ) : (
        json
      )}
      {lacks && drawn !== undefined ? (
        <Alert severity="error" variant="outlined" role="alert">
          Something is missing: give {drawn.alternatives.map((titles) => titles.join(' and ')).join(', or ')}.
        </Alert>
      ) : null}
      <Acted act={submit} />
      <CommandLine
        command={commandFor(plugin, isForm ? draft.value : draft.text, mayTakeCase ? caseId : '')}
      />
    </Section>
  )
}

const longestCommand = 200

/** Long input is read from a file: nobody copies a page of text into a terminal. */
function commandFor(plugin: string, input: unknown, caseId: string): string {
  const text = typeof input === 'string' ? input.trim() : JSON.stringify(input)
  const quoted = text.length > longestCommand ? '@input.json' : forShell(text)
  const given = text === '' || text === '{}' ? '' : ` --input ${quoted}`
  return `npx switchboard plugin run ${forShell(plugin)}${caseId === '' ? '' : ` --case ${caseId}`}${given}`
}
