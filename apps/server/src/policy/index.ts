export { createPolicy } from './create-policy.ts'
export type { Decision, Policy } from './create-policy.ts'
export { readPolicy } from './read-policy.ts'
export type { PolicyRequest } from './gather-facts.ts'
