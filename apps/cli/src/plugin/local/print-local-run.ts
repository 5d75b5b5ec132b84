import { visible } from '../../print/format-scalar.ts'
import type { LocalCall, LocalRun } from './run-locally.ts'
import type { LogLine } from '../../../../server/src/sandbox/index.ts'

export function logLineText({ stream, text }: LogLine): string {
  return `  ${stream === 'err' ? 'err' : 'log'} │ ${visible(text)}`
}

export function callText({ method, args, decision, rows, wallMicros, denial }: LocalCall): string {
  const asked = `api.${method}(${shorten(JSON.stringify(args), 80)})`
  const took = `${(wallMicros / 1000).toFixed(1)} ms`
  const text =
    denial === undefined
      ? `  call  ${decision}  ${asked}  ${rows} rows, ${took}`
      : `  call  ${decision}   ${asked}  ${denial.code}: ${denial.message} ${denial.change}`
  return visible(text)
}

/** What a run ended in, for people. Log lines and calls were printed while it ran. */
export function runLines(run: LocalRun): readonly string[] {
  const { outcome, budgets, warnings, level, mend } = run
  const ended = outcome.ok
    ? [
        'Result',
        ...JSON.stringify(outcome.value.result, null, 2)
          .split('\n')
          .map((line) => `  ${line}`),
        ...(outcome.value.entities + outcome.value.relations === 0
          ? []
          : [
              `Proposes ${outcome.value.entities} entities and ${outcome.value.relations} relations; people accept them by row.`,
            ]),
      ]
    : [`Denied  ${outcome.denial.code}`, `  ${outcome.denial.message}`, `  ${outcome.denial.change}`]
  return [
    ...ended,
    ...(budgets.length === 0
      ? []
      : [
          `Budgets  ${budgets.map((one) => `${one.budget} ${one.used}/${one.allowed} ${one.unit}`).join(', ')}`,
        ]),
    ...warnings.map((warning) => `Warning  ${warning}`),
    `Sandbox  level ${level}${mend === undefined ? '' : `; ${mend}`}`,
    // Errors, keys and values are the plugin's own words.
  ].map(visible)
}

/** A run as `--json` prints it. */
export function runJson({ outcome, ...rest }: LocalRun): object {
  return outcome.ok
    ? { ok: true, result: outcome.value.result, ...rest }
    : { ok: false, denial: outcome.denial, ...rest }
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
