import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

function budget(kind: string, unit: string, change: string) {
  return denial<{ used: number; allowed: number }>({
    category: 'over_limit',
    example: { used: 5003, allowed: 5000 },
    message: (p) => `The run used ${p.used} ${unit} of ${kind}; ${p.allowed} ${unit} are allowed.`,
    change: () => change,
  })
}

export const pluginDenials = {
  'BudgetExceeded:time': budget(
    'time',
    'ms',
    'Give it less to do, or have the author raise budgets.ms in the manifest.',
  ),
  'BudgetExceeded:cpu': budget(
    'CPU',
    'ms',
    'Give it less to do, or have the author raise budgets.cpuMs in the manifest.',
  ),
  'BudgetExceeded:memory': budget(
    'memory',
    'MB',
    'Give it less to do, or have the author raise budgets.memoryMB in the manifest.',
  ),
  'BudgetExceeded:output': budget(
    'output',
    'bytes',
    'Return less, or have the author raise budgets.outputBytes in the manifest.',
  ),
  plugin_threw: denial<{ package: string; error: string; runId: string }>({
    category: 'failed',
    example: { package: 'ioc-triage', error: 'TypeError: x is not a function', runId: 'run_0199…' },
    message: (p) => `${p.package} threw: ${p.error}`,
    change: (p) =>
      `Read its log (switchboard run log ${p.runId}) and report it to the author, or change the input.`,
  }),
  plugin_input_invalid: denial<{ package: string; field: string; rule: string }>({
    category: 'invalid',
    example: { package: 'ioc-triage', field: '/case', rule: 'must be a string' },
    message: (p) => `Input ${p.field || '/'} of ${p.package} ${p.rule}.`,
    change: (p) => `See its input schema: switchboard plugin detail ${p.package}`,
  }),
  result_invalid: denial<{
    package: string
    reason: 'cyclic' | 'not_json' | 'too_large' | 'schema'
    detail: string
  }>({
    category: 'failed',
    example: { package: 'ioc-triage', reason: 'cyclic', detail: 'a value contains itself' },
    message: (p) => `The result of ${p.package} was not accepted (${p.reason}): ${p.detail}`,
    change: () => 'The author must return plain JSON that fits the output schema and budget.',
  }),
  run_cancelled: denial<{ runId: string }>({
    category: 'conflict',
    example: { runId: 'run_0199…' },
    message: (p) => `Run ${p.runId} was cancelled.`,
    change: () => 'Run it again.',
  }),
  runner_lost: denial<{ runId: string; detail: string }>({
    category: 'failed',
    example: { runId: 'run_0199…', detail: 'the process ended with SIGSEGV' },
    message: (p) => `The sandbox process of run ${p.runId} ended: ${p.detail}`,
    change: () => 'Run it again; a new process is started for it.',
  }),
  replay_stopped: denial<{ runId: string; code: string }>({
    category: 'unavailable',
    example: { runId: 'run_0199…', code: 'BudgetExceeded:time' },
    message: (p) =>
      `The replay of run ${p.runId} was stopped (${p.code}) where the run itself was not; until then both did the same.`,
    change: () =>
      'Replay it again when this machine is less busy: how fast it is says nothing about the code.',
  }),
  run_unknown: denial<{ run: string }>({
    category: 'not_found',
    example: { run: 'run_0199…' },
    message: (p) => `There is no run ${p.run} in your organisation.`,
    change: () => 'List them: switchboard run list',
  }),
  run_not_active: denial<{ run: string; state: string }>({
    category: 'conflict',
    example: { run: 'run_0199…', state: 'succeeded' },
    message: (p) => `Run ${p.run} has ended already (${p.state}).`,
    change: () => 'Nothing is left to cancel.',
  }),
  run_without_result: denial<{ run: string; state: string }>({
    category: 'conflict',
    example: { run: 'run_0199…', state: 'denied' },
    message: (p) => `Run ${p.run} has no result to accept (${p.state}).`,
    change: () => 'Accept the result of a run that succeeded.',
  }),
  proposal_row_unknown: denial<{ run: string; row: string }>({
    category: 'invalid',
    example: { run: 'run_0199…', row: 'e17' },
    message: (p) => `Run ${p.run} proposes no row ${p.row}.`,
    change: (p) => `List its rows: switchboard run diff ${p.run}`,
  }),
  nothing_to_undo: denial<{ run: string }>({
    category: 'conflict',
    example: { run: 'run_0199…' },
    message: (p) => `Run ${p.run} has written nothing that is still there.`,
    change: () => 'Nothing to do.',
  }),
  recording_absent: denial<{ run: string }>({
    category: 'not_found',
    example: { run: 'run_0199…' },
    message: (p) =>
      `There is no recording of run ${p.run}: none was made, its time of keeping is over, or it was erased.`,
    change: () =>
      'Run it again; recordings are kept for as long and as large as recordingDays and recordingMegabytes say.',
  }),
  run_not_replayable: denial<{ run: string; where: string; rule: string }>({
    category: 'conflict',
    example: { run: 'run_0199…', where: 'answer 3 (data.lookup)', rule: 'tlp-red' },
    message: (p) => `Run ${p.run} cannot be replayed: ${p.where} was withheld by rule ${p.rule}.`,
    change: () => 'Nothing of what was withheld was kept; see which rules there are in the guide to replays.',
  }),
  recording_damaged: denial<{ run: string; what: string }>({
    category: 'failed',
    example: { run: 'run_0199…', what: 'answer 2 (graph.search)' },
    message: (p) => `The recording of run ${p.run} is damaged: ${p.what} is missing or cannot be read.`,
    change: () =>
      'Somebody or something changed the store: restore it from a backup. The receipt stays valid.',
  }),
} as const satisfies DenialTable
