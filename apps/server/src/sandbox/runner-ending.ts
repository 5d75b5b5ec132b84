/** Why runners end, for counting: the texts behind them are free and may say more than a label should. */
export const runnerEndings = [
  'idle',
  'made_room',
  'memory',
  'unresponsive',
  'protocol',
  'residue',
  'not_jailed',
  'isolate_lost',
  'closed',
  'by_itself',
] as const
export type RunnerEnding = (typeof runnerEndings)[number]

const beginnings: readonly (readonly [string, RunnerEnding])[] = [
  ['idle', 'idle'],
  ['made room', 'made_room'],
  ['over its memory', 'memory'],
  ['its memory could not', 'not_jailed'],
  ['not jailed', 'not_jailed'],
  ['did not', 'unresponsive'],
  ['protocol', 'protocol'],
  ['flooded', 'protocol'],
  ['while hearing', 'protocol'],
  ['kept too much memory', 'residue'],
  ['V8 lost', 'isolate_lost'],
  ['sandbox closed', 'closed'],
  ['host exits', 'closed'],
]

/** @param how what the pool says of a runner's end: why it was killed, or how the process went. */
export function endingOf(how: string): RunnerEnding {
  return beginnings.find(([beginning]) => how.startsWith(beginning))?.[1] ?? 'by_itself'
}
