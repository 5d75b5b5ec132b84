import { useQueries } from '@tanstack/react-query'
import { readOptions, useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { absent, preparationOf } from './preparation.ts'
import type { Needed, Preparation } from './preparation.ts'

/** What is left to do for each package that an act needs; undefined while that is asked. */
export function usePreparations(needed: readonly Needed[]): readonly Preparation[] | undefined {
  // Asking about what is not on the shelf would be refused, and a refusal leaves a receipt: nobody did anything yet.
  const permissions = usePermissions()
  const mayLook = permissions?.get('plugin.detail')?.may === true
  const shelf = useRead('plugin.list', { limit: 1000 })
  const names = new Set(shelf.data?.ok === true ? shelf.data.value.rows.map(({ name }) => name) : [])
  return useQueries({
    queries: needed.map(({ id }) => ({
      ...readOptions('plugin.detail', { id }),
      enabled: mayLook && names.has(id),
    })),
    combine: (answers) => {
      if (shelf.data === undefined) return undefined
      const known = answers.flatMap(({ data }, at) => {
        const one = needed[at]
        if (one === undefined) return []
        if (!names.has(one.id)) return [absent(one.id)]
        // Who may not look into it may not install it either.
        if (permissions !== undefined && !mayLook)
          return [{ ...absent(one.id), isOnShelf: true, install: true }]
        return data === undefined ? [] : [preparationOf(one, data)]
      })
      return known.length === needed.length ? known : undefined
    },
  })
}
