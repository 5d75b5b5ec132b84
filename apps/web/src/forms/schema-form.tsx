import { Button } from '@mui/material'
import { Form } from '@rjsf/mui'
import type { RegistryFieldsType, UiSchema } from '@rjsf/utils'
import { schemaValidator } from './schema-validator.ts'

/**
 * A form for a JSON Schema. What was typed is kept by the caller, so that it outlives a session, a fault or a refusal.
 */
export function SchemaForm(props: {
  readonly schema: object
  readonly value: unknown
  readonly submitLabel: string
  readonly isBusy: boolean
  readonly uiSchema?: UiSchema
  /** Fields of one area, by the name that its `uiSchema` uses. */
  readonly fields?: RegistryFieldsType
  /** Why it cannot be sent now; the button says so. */
  readonly isBlocked?: boolean
  readonly onChange: (value: unknown) => void
  readonly onSubmit: (value: unknown) => void
}) {
  return (
    <Form
      // A schema of the catalogue or of a manifest: plain JSON Schema either way.
      schema={props.schema}
      validator={schemaValidator}
      formData={props.value}
      noHtml5Validate
      showErrorList={false}
      {...(props.fields === undefined ? {} : { fields: props.fields })}
      uiSchema={{ ...props.uiSchema, 'ui:submitButtonOptions': { norender: true } }}
      onChange={({ formData }) => props.onChange(formData)}
      onSubmit={({ formData }) => props.onSubmit(formData)}
    >
      <Button
        type="submit"
        variant="contained"
        loading={props.isBusy}
        disabled={props.isBlocked ?? false}
        sx={{ mt: 2 }}
      >
        {props.submitLabel}
      </Button>
    </Form>
  )
}
