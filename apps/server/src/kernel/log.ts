import { pino } from 'pino'
import type { Logger } from 'pino'

export type { Logger }

/** Structured logs as JSON lines on standard error; standard output belongs to results. Secrets are cut by path. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      redact: {
        paths: ['req.headers.authorization', 'req.headers.cookie', '*.secret', '*.token', '*.password'],
        censor: '[cut]',
      },
    },
    pino.destination({ fd: 2, sync: false }),
  )
}
