export { createContainment } from './create-containment.ts'
export type { Containment, ContainmentDeps } from './create-containment.ts'
export { containmentMigrations } from './hold-store.ts'
