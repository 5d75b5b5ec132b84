import { toErrorSchema, unwrapErrorHandler, validationDataMerge, createErrorHandler } from '@rjsf/utils'
import type { RJSFSchema, RJSFValidationError, ValidatorType } from '@rjsf/utils'
import { Check, Errors } from 'typebox/value'

/**
 * Validates forms by the library that validates on the server, which interprets schemas. The usual validator compiles them
 * to code at run time, which the console's Content-Security-Policy forbids.
 */
export const schemaValidator: ValidatorType = {
  validateFormData(formData, schema, customValidate, transformErrors, uiSchema) {
    const raw = errorsOf(schema, formData)
    const errors = transformErrors?.(raw, uiSchema) ?? raw
    const data = { errors, errorSchema: toErrorSchema(errors) }
    if (customValidate === undefined) return data
    const handler = customValidate(formData, createErrorHandler(formData), uiSchema, data.errorSchema)
    return validationDataMerge(data, unwrapErrorHandler(handler))
  },
  isValid(schema, formData) {
    return Check(schema as object, formData)
  },
  rawValidation<Result>(schema: RJSFSchema, formData?: unknown) {
    // Asked for by a playground alone, which wants what came out.
    return { errors: errorsOf(schema, formData) as Result[] }
  },
}

function errorsOf(schema: RJSFSchema, value: unknown): RJSFValidationError[] {
  return Errors(schema as object, value).map(({ keyword, message, instancePath, schemaPath, params }) => {
    const missing = keyword === 'required' ? firstText(params, 'requiredProperties') : undefined
    const path = [...instancePath.split('/').slice(1), ...(missing === undefined ? [] : [missing])]
    const property = path.map((part) => `.${part}`).join('')
    const said = missing === undefined ? message : 'is needed'
    return { name: keyword, message: said, property, schemaPath, params, stack: `${property} ${said}` }
  })
}

function firstText(params: unknown, name: string): string | undefined {
  const value: unknown = (params as Readonly<Record<string, unknown>>)[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}
