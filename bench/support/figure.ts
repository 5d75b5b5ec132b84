import { availableParallelism, cpus } from 'node:os'

/** One measured number with what bounds it, measured in the same run: machines differ, ratios travel. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: 'ms' | 'µs' | 'per second' | 'MB' | 'bytes'
  /** What `settings.reference` describes, in the same unit. */
  readonly reference: number
  /** value ÷ reference: of times, how many times slower than the bare thing; of rates, the share that is left. */
  readonly ratio: number
  readonly settings: Readonly<Record<string, string | number | boolean>>
}

export function figure(
  name: string,
  unit: Figure['unit'],
  measured: { readonly value: number; readonly reference: number },
  settings: Figure['settings'],
): Figure {
  const { value, reference } = measured
  return {
    name,
    value: round(value),
    unit,
    reference: round(reference),
    ratio: round(value / reference),
    settings,
  }
}

/** Of the machine and the runtime; in every figure. */
export function machineSettings(): Figure['settings'] {
  return { node: process.version, cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown' }
}

/** `--json` prints the figures as they are, otherwise a table with each setting said once. */
export function printFigures(figures: readonly Figure[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
    return
  }
  const rows = figures.map(({ name, value, unit, reference, ratio }) => [
    name,
    `${value}`,
    unit,
    `${reference}`,
    `${ratio}`,
  ])
  const lines = [['figure', 'value', 'unit', 'reference', 'ratio'], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  )
  const table = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  process.stdout.write(`${table.join('\n')}\n\n${sharedSettings(figures)}${ownSettings(figures)}`)
}

function sharedSettings(figures: readonly Figure[]): string {
  return Object.entries(figures[0]?.settings ?? {})
    .filter(([key, value]) => figures.every(({ settings }) => settings[key] === value))
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')
}

/** Settings that not all figures share, under the names of those that do. */
function ownSettings(figures: readonly Figure[]): string {
  const groups = new Map<string, string[]>()
  for (const { name, settings } of figures) {
    const own = Object.entries(settings).filter(
      ([key, value]) => !figures.every((other) => other.settings[key] === value),
    )
    const text = own.map(([key, value]) => `  ${key}: ${value}\n`).join('')
    groups.set(text, [...(groups.get(text) ?? []), name])
  }
  return [...groups].map(([text, names]) => (text === '' ? '' : `\n${names.join(', ')}\n${text}`)).join('')
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
