import { fileURLToPath } from 'node:url'
import type { RunRequest } from './boundary.ts'
import type { LaunchOrder } from './launch.ts'

/** Processes of different kinds have other flags or another program: a runner is of one kind for life. */
export type RunnerKind = 'javascript' | 'javascript-jit' | 'wasm'

/** How the runner of each kind is started, and what a jail has to show it. */
export const launchOrders: Readonly<Record<RunnerKind, Omit<LaunchOrder, 'nodePath'>>> = {
  /**
   * `--no-node-snapshot` is required by isolated-vm. `--jitless` removes the JIT and WebAssembly, the two parts of V8
   * that most escapes began in. The heap limit is that of the runner's own realm; a plugin's isolate has its own.
   */
  javascript: {
    nodeFlags: ['--no-node-snapshot', '--jitless', '--no-warnings', '--max-old-space-size=96'],
    runnerPath: pathOf('./runner/main.js'),
    packages: ['isolated-vm', 'node-gyp-build'],
  },
  /** For code that a person of the organisation has reviewed and that asks for it. WebAssembly stays out: the guest side removes it before plugin code. */
  'javascript-jit': {
    nodeFlags: ['--no-node-snapshot', '--no-warnings', '--max-old-space-size=96'],
    runnerPath: pathOf('./runner/main.js'),
    packages: ['isolated-vm', 'node-gyp-build'],
  },
  /**
   * V8 runs WebAssembly only by making machine code. One compiler, the simple one that works in a single pass, and no
   * other: it takes time in proportion to the code, on the thread whose time is billed, and the optimising compiler is
   * where most flaws were. Tables and code lie outside the memory of a module, so they have limits of their own.
   */
  wasm: {
    nodeFlags: [
      '--no-warnings',
      '--max-old-space-size=96',
      '--expose-gc',
      '--no-opt',
      '--liftoff-only',
      '--wasm-num-compilation-tasks=1',
      '--wasm-max-table-size=100000',
      '--wasm-max-committed-code-mb=128',
      '--no-experimental-wasm-exnref',
      '--no-experimental-wasm-legacy-eh',
    ],
    runnerPath: pathOf('./runner/wasm-main.js'),
    packages: [],
  },
}

/** Kept warm in this order. */
export const runnerKinds: readonly RunnerKind[] = ['javascript', 'javascript-jit', 'wasm']

export function kindFor({ code, jit }: Pick<RunRequest, 'code' | 'jit'>): RunnerKind {
  if (code.engine === 'wasm') return 'wasm'
  return jit === true ? 'javascript-jit' : 'javascript'
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}
