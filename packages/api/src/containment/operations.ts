import { Type } from 'typebox'
import { marketplaceDenials } from '../marketplace/denials.ts'
import { operation } from '../operation.ts'
import { closed, Instant, PackageName } from '../schema.ts'
import { containmentDenials as d } from './denials.ts'

const Reason = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'Why, for everybody who is refused because of it.',
})
const Hold = closed(
  {
    package: Type.Union([PackageName, Type.Null()], {
      description: 'null: everything of your organisation.',
    }),
    by: Type.String(),
    at: Instant,
    reason: Type.String(),
  },
  { title: 'Hold' },
)
const Held = closed({
  hold: Hold,
  stoppedRuns: Type.Integer({
    description:
      'Runs under way on this server that were ended. On others each ends at its next call, or within a second.',
  }),
})
const Lifted = closed({ lifted: Hold })

export const pluginQuarantine = operation({
  name: 'plugin.quarantine',
  summary: 'Put a package into quarantine',
  description:
    'Ends its runs under way, refuses every run and every call of it, at whatever version, and keeps all that is evidence: while it is held it cannot be uninstalled. Effective at once, and after a restart.',
  effect: 'write',
  input: closed({ id: PackageName, reason: Reason }),
  output: Held,
  denials: { package_unknown: marketplaceDenials.package_unknown, already_held: d.already_held },
  rest: { method: 'POST', path: '/plugins/{id}/quarantine' },
  graphql: { kind: 'mutation', field: 'pluginQuarantine' },
  cli: { command: 'plugin quarantine', positional: ['id'] },
})
export const pluginRelease = operation({
  name: 'plugin.release',
  summary: 'Release a package from quarantine',
  description:
    'It may run again, and be uninstalled. Whoever put it there releases it only where no other administrator or reviewer could.',
  effect: 'write',
  input: closed({ id: PackageName, reason: Reason }),
  output: Lifted,
  denials: { not_held: d.not_held },
  rest: { method: 'POST', path: '/plugins/{id}/release' },
  graphql: { kind: 'mutation', field: 'pluginRelease' },
  cli: { command: 'plugin release', positional: ['id'] },
})
export const sandboxStop = operation({
  name: 'sandbox.stop',
  summary: 'Stop all plugins (kill switch)',
  description:
    'Ends every run under way in your organisation and refuses every run and call until `sandbox.resume`. Runs that are queued are refused when their turn comes. Effective at once, and after a restart.',
  effect: 'write',
  input: closed({ reason: Reason }),
  output: Held,
  denials: { already_held: d.already_held },
  rest: { method: 'POST', path: '/sandbox/stop' },
  graphql: { kind: 'mutation', field: 'sandboxStop' },
  cli: { command: 'sandbox stop' },
})
export const sandboxResume = operation({
  name: 'sandbox.resume',
  summary: 'Let plugins run again',
  description:
    'Lifts `sandbox.stop`; quarantines stay. Whoever stopped resumes only where no other administrator or reviewer could.',
  effect: 'write',
  input: closed({ reason: Reason }),
  output: Lifted,
  denials: { not_held: d.not_held },
  rest: { method: 'POST', path: '/sandbox/resume' },
  graphql: { kind: 'mutation', field: 'sandboxResume' },
  cli: { command: 'sandbox resume' },
})
export const sandboxStatus = operation({
  name: 'sandbox.status',
  summary: 'State of the sandbox',
  description:
    'The level that this server reached and what would raise it, what is held in your organisation, by whom and why, and its runs under way here.',
  effect: 'read',
  input: closed({}),
  output: closed({
    level: Type.String(),
    mend: Type.Union([Type.String(), Type.Null()], {
      description: 'The line that would raise the level; null when there is none.',
    }),
    stopped: Type.Union([Hold, Type.Null()]),
    quarantined: Type.Array(Hold),
    activeRuns: Type.Array(Type.String()),
  }),
  denials: {},
  rest: { method: 'GET', path: '/sandbox' },
  graphql: { kind: 'query', field: 'sandbox' },
  cli: { command: 'sandbox status' },
})
