export { createSurface } from './create-surface.ts'
export type { Surface } from './create-surface.ts'
export { createMetrics } from './metrics.ts'
export type { Metrics } from './metrics.ts'
export type {
  EventsPort,
  HealthPort,
  LogLine,
  PerformPort,
  SurfaceCaller,
  SurfaceConfig,
  SurfaceDeps,
  TilesPort,
} from './ports.ts'
