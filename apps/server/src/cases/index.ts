export type { Attachment, CitedEntity } from './attach-entities.ts'
export { caseMigrations, casePlaces, casesWith, detachEntities } from './case-store.ts'
export { createCases } from './create-cases.ts'
export type { Cases } from './create-cases.ts'
