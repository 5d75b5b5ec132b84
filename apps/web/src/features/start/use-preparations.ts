import { useQueries } from '@tanstack/react-query'
import { readOptions } from '../../api/use-read.ts'
import { preparationOf } from './preparation.ts'
import type { Needed, Preparation } from './preparation.ts'

/** What is left to do for each package that an act needs; undefined while that is asked. */
export function usePreparations(needed: readonly Needed[]): readonly Preparation[] | undefined {
  return useQueries({
    queries: needed.map(({ id }) => readOptions('plugin.detail', { id })),
    combine: (answers) => {
      const known = answers.flatMap(({ data }, at) => {
        const one = needed[at]
        return data === undefined || one === undefined ? [] : [preparationOf(one, data)]
      })
      return known.length === needed.length ? known : undefined
    },
  })
}
