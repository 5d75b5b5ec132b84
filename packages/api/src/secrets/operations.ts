import { Type } from 'typebox'
import { marketplaceDenials } from '../marketplace/denials.ts'
import { operation } from '../operation.ts'
import { closed, Instant, PackageName, SecretName } from '../schema.ts'
import { secretDenials as d } from './denials.ts'

const Secret = closed(
  {
    package: PackageName,
    name: SecretName,
    hosts: Type.Array(Type.String(), { description: 'The only hosts it is ever sent to.' }),
    setAt: Instant,
    setBy: Type.String(),
  },
  { title: 'Secret' },
)

export const secretSet = operation({
  name: 'secret.set',
  summary: 'Set a secret of a package',
  description:
    'Keeps a value encrypted for one installed package, to be sent by the broker to the named hosts alone. Setting it again replaces value and hosts. The value is never shown again, to nobody.',
  effect: 'write',
  secretInput: ['value'],
  input: closed({
    package: PackageName,
    name: SecretName,
    hosts: Type.Array(Type.String({ maxLength: 120 }), {
      minItems: 1,
      maxItems: 32,
      uniqueItems: true,
      description: 'Where it may be sent; out of the hosts that the manifest names in net.',
    }),
    value: Type.String({
      minLength: 8,
      maxLength: 4_096,
      pattern: '^[\\u0020-\\u007e]+$',
      writeOnly: true,
      description:
        'At least 8 visible ASCII characters: shorter ones could not be masked where a host echoes them.',
    }),
  }),
  output: Secret,
  denials: {
    not_installed: marketplaceDenials.not_installed,
    capability_undeclared: marketplaceDenials.capability_undeclared,
    secret_host_undeclared: d.secret_host_undeclared,
  },
  rest: { method: 'PUT', path: '/plugins/{package}/secrets/{name}' },
  cli: { command: 'secret set', positional: ['package', 'name'], secrets: ['value'] },
})
export const secretList = operation({
  name: 'secret.list',
  summary: 'List secrets',
  description: 'Names, packages, hosts and dates; never values.',
  effect: 'read',
  input: closed({ package: Type.Optional(PackageName) }),
  output: closed({ rows: Type.Array(Secret) }),
  denials: {},
  rest: { method: 'GET', path: '/secrets' },
  cli: { command: 'secret list', positional: ['package'] },
})
export const secretRemove = operation({
  name: 'secret.remove',
  summary: 'Remove a secret',
  description: 'Effective on the next call. Uninstalling the package removes its secrets too.',
  effect: 'write',
  input: closed({ package: PackageName, name: SecretName }),
  output: closed({ removed: Type.Boolean() }),
  denials: { secret_unknown: d.secret_unknown },
  rest: { method: 'DELETE', path: '/plugins/{package}/secrets/{name}' },
  cli: { command: 'secret remove', positional: ['package', 'name'] },
})
