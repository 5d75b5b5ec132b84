export type { Attachment, CitedEntity } from './attach-entities.ts'
export { caseMigrations } from './case-store.ts'
export { createCases } from './create-cases.ts'
export type { Cases } from './create-cases.ts'
