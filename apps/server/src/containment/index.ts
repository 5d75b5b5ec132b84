export { createContainment } from './create-containment.ts'
export type { Containment, ContainmentDeps } from './create-containment.ts'
export { containmentMigrations, stopsPlace } from './hold-store.ts'
