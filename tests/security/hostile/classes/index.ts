import type { HostileClass } from '../hostile-class.ts'
import { bridge } from './bridge.ts'
import { clocks } from './clocks.ts'
import { cpu } from './cpu.ts'
import { floods } from './floods.ts'
import { hostGlobals } from './host-globals.ts'
import { lifecycle } from './lifecycle.ts'
import { logs } from './logs.ts'
import { memory } from './memory.ts'
import { moduleLoading } from './module-loading.ts'
import { network } from './network.ts'
import { results } from './results.ts'
import { sharedGlobals } from './shared-globals.ts'
import { wasm } from './wasm.ts'

export const hostileClasses: readonly HostileClass[] = [
  hostGlobals,
  moduleLoading,
  network,
  bridge,
  sharedGlobals,
  clocks,
  results,
  logs,
  lifecycle,
  floods,
  cpu,
  memory,
  wasm,
]
