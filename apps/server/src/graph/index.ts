export { createGraph } from './create-graph.ts'
export type { Entity, Graph } from './create-graph.ts'
export { graphMigrations } from './entity-store.ts'
export type { EntityDraft, RelationDraft, Source } from './upsert.ts'
