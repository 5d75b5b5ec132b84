export interface LogLine {
  readonly line: number
  readonly stream: string
  readonly text: string
  readonly at: number
}
export type LogEvent = LogLine | 'end'

/**
 * Reads server-sent events as they arrive in pieces: lines of the log, and that no more will come. Comments and events of
 * other names are passed over.
 */
export function createEventReader(): (piece: string) => readonly LogEvent[] {
  let rest = ''
  return (piece) => {
    const blocks = (rest + piece).split('\n\n')
    rest = blocks.pop() ?? ''
    return blocks.flatMap((block): readonly LogEvent[] => {
      const fields = new Map(
        block.split('\n').map((line) => {
          const colon = line.indexOf(':')
          return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const
        }),
      )
      if (fields.get('event') === 'end') return ['end']
      if (fields.get('event') !== 'line') return []
      return [JSON.parse(fields.get('data') ?? 'null') as LogLine]
    })
  }
}
