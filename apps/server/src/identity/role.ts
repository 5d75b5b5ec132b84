import type { InputOf, OperationByName } from '@switchboard/api'

/** As the catalogue lists them. */
export type Role = InputOf<OperationByName<'user.invite'>>['roles'][number]
