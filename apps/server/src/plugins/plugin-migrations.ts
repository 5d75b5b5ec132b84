import type { MigrationStep } from '../kernel/db/index.ts'
import { recordingMigrations } from './replay/index.ts'
import { runMigrations } from './run-store.ts'

export const pluginMigrations: readonly MigrationStep[] = [...runMigrations, ...recordingMigrations]
