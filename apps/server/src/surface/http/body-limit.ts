import { fieldsOf } from '@switchboard/api'
import type { OperationSpec } from '@switchboard/api'

export const ordinaryBodyBytes = 1024 * 1024
/** A 64 MiB package in base64, with room for the JSON around it. */
const largeBodyBytes = 94_000_000

/** Large bodies only where the input says that it may be large: packages and imports. */
export function bodyLimitOf(spec: OperationSpec): number {
  const large = fieldsOf(spec.input).some(
    ({ schema }) =>
      (schema.maxLength ?? 0) > ordinaryBodyBytes ||
      (schema.items?.type === 'object' && (schema.maxItems ?? 0) >= 1000),
  )
  return large ? largeBodyBytes : ordinaryBodyBytes
}
