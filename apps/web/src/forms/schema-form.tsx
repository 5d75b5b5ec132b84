import { Button } from '@mui/material'
import { Form } from '@rjsf/mui'
import type { UiSchema } from '@rjsf/utils'
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
      uiSchema={{ ...props.uiSchema, 'ui:submitButtonOptions': { norender: true } }}
      onChange={({ formData }) => props.onChange(formData)}
      onSubmit={({ formData }) => props.onSubmit(formData)}
    >
      <Button type="submit" variant="contained" loading={props.isBusy} sx={{ mt: 2 }}>
        {props.submitLabel}
      </Button>
    </Form>
  )
}
