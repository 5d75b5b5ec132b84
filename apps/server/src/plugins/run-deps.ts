import type { OutputOf } from '@switchboard/api'
import type { Cases } from '../cases/index.ts'
import type { Finops } from '../finops/index.ts'
import type { Graph } from '../graph/index.ts'
import type { Marked } from '../kernel/handler.ts'
import type { RunId } from '../kernel/ids.ts'
import type { Installed, Marketplace, PluginManifest } from '../marketplace/index.ts'
import type { Sandbox } from '../sandbox/index.ts'
import type { ActiveRuns } from './active-runs.ts'
import type { LiveLogs } from './live-logs.ts'
import type { Recordings } from './replay/index.ts'
import type { RunCeilings } from './run-budgets.ts'
import type { RunOperation } from './run-operation.ts'

export type Span = OutputOf<RunOperation>['spans'][number]

export interface RunDeps {
  readonly marketplace: Marketplace
  readonly cases: Cases
  readonly graph: Graph
  readonly finops: Pick<Finops, 'prices'>
  readonly sandbox: Sandbox
  readonly logs: LiveLogs
  readonly recordings: Recordings
  readonly ceilings: RunCeilings
  /** The runs under way here. */
  readonly active: ActiveRuns
  readonly onRun: (run: {
    package: string
    organisation: string
    wallMs: number
    rows: number
    end: string
  }) => void
}

/** A run whose intent is committed. */
export interface Begun {
  readonly run: RunId
  readonly installed: Installed & { readonly manifest: PluginManifest }
  readonly args: unknown
  readonly caseId: string | undefined
  readonly marked: Marked
}
