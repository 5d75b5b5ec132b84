import type { Denial } from '@switchboard/api'
import { GraphQLError } from 'graphql'
import type { FaultProblem } from '../http/answer.ts'

/** A denial as a GraphQL error: everything that the REST problem carries, in `extensions`. */
export function graphqlErrorOf(denial: Denial, receiptId?: string): GraphQLError {
  const { code, category, params, change } = denial
  return new GraphQLError(denial.message, {
    extensions: { code, category, params, change, ...(receiptId === undefined ? {} : { receiptId }) },
  })
}

export function graphqlErrorOfFault(problem: FaultProblem): GraphQLError {
  return new GraphQLError(problem.title, { extensions: { code: problem.code, incident: problem.incident } })
}
