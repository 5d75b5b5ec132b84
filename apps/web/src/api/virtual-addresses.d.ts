/** Where each operation is called, out of the catalogue when the console is built. */
declare module 'virtual:addresses' {
  import type { CallableSpec, OperationName } from '@switchboard/api'

  export const addresses: Readonly<Partial<Record<OperationName, CallableSpec>>>
}
