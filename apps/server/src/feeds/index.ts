import type { MigrationStep } from '../kernel/db/index.ts'
import { feedsAndCursors } from './migrations/0001-feeds.ts'

export { createFeeds } from './create-feeds.ts'
export type { Feeds, FeedsDeps } from './create-feeds.ts'
export { hasNoFeedSecrets } from './feed-store.ts'
export type { SendLimits } from './send-feeds.ts'
export const feedMigrations: readonly MigrationStep[] = [feedsAndCursors]
export { feedsPlace } from './feed-store.ts'
