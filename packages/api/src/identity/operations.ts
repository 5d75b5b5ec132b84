import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { closed, Id, Instant, UserId } from '../schema.ts'
import { identityDenials } from './denials.ts'

export const Role = Type.Union([
  Type.Literal('administrator'),
  Type.Literal('analyst'),
  Type.Literal('reviewer'),
  Type.Literal('auditor'),
  Type.Literal('finops'),
])
const User = closed(
  {
    id: UserId,
    name: Type.String(),
    roles: Type.Array(Role),
    organisation: Type.String(),
    active: Type.Boolean(),
    demo: Type.Boolean({ description: 'A labelled identity of the demonstration, never a person.' }),
  },
  { title: 'User' },
)
const TokenId = Id('tok', 'An access token.')
const UserName = Type.String({ minLength: 1, maxLength: 80, pattern: '^[^\\u0000-\\u001f\\u007f]+$' })

export const signIn = operation({
  name: 'session.create',
  summary: 'Sign in with a one-time link',
  description:
    'Exchanges the secret of a one-time sign-in link for a session. The link works once and for 15 minutes.',
  effect: 'write',
  secretOutput: true,
  anonymous: true,
  input: closed({ secret: Type.String({ minLength: 16, maxLength: 200 }) }),
  output: closed({
    session: Type.String({ description: 'The session secret; browsers get it as a cookie.' }),
    user: User,
    expiresAt: Instant,
  }),
  denials: { sign_in_refused: identityDenials.sign_in_refused },
  rest: { method: 'POST', path: '/session' },
})
export const signOut = operation({
  name: 'session.end',
  summary: 'Sign out',
  description: 'Ends the session that makes this call.',
  effect: 'write',
  input: closed({}),
  output: closed({ ended: Type.Boolean() }),
  denials: {},
  rest: { method: 'DELETE', path: '/session' },
})
export const whoAmI = operation({
  name: 'user.self',
  summary: 'Who am I',
  description: 'The user, roles and organisation of the session or token in use.',
  effect: 'read',
  input: closed({}),
  output: User,
  denials: {},
  rest: { method: 'GET', path: '/me' },
  graphql: { kind: 'query', field: 'me' },
  cli: { command: 'whoami' },
})
export const userPermissions = operation({
  name: 'user.permissions',
  summary: 'What may I do',
  description:
    'Each operation, and whether your roles could ever perform it; if not, the roles that could. Markings, grants and approvals are decided when it is performed.',
  effect: 'read',
  input: closed({}),
  output: closed({
    rows: Type.Array(
      closed({
        operation: Type.String(),
        may: Type.Boolean(),
        roles: Type.Array(Role, { description: 'Roles that could perform it.' }),
      }),
    ),
  }),
  denials: {},
  rest: { method: 'GET', path: '/me/permissions' },
  cli: { command: 'whoami permissions' },
})
export const userList = operation({
  name: 'user.list',
  summary: 'List users',
  description: 'The users of your organisation.',
  effect: 'read',
  input: closed({}),
  output: closed({ rows: Type.Array(User) }),
  denials: {},
  rest: { method: 'GET', path: '/users' },
  cli: { command: 'user list' },
})
export const userInvite = operation({
  name: 'user.invite',
  summary: 'Add a user',
  description:
    'Creates a user, or renews an existing one, and answers a one-time sign-in secret for handing over.',
  effect: 'write',
  secretOutput: true,
  input: closed({ name: UserName, roles: Type.Array(Role, { minItems: 1, maxItems: 5, uniqueItems: true }) }),
  output: closed({ user: User, secret: Type.String(), expiresAt: Instant }),
  denials: { user_exists: identityDenials.user_exists },
  rest: { method: 'POST', path: '/users' },
  cli: { command: 'user invite', positional: ['name'] },
})
export const userDeactivate = operation({
  name: 'user.deactivate',
  summary: 'Deactivate a user',
  description: "Ends the user's sessions and tokens and voids their pending approvals.",
  effect: 'write',
  input: closed({ id: UserId }),
  output: User,
  denials: { user_unknown: identityDenials.user_unknown },
  rest: { method: 'POST', path: '/users/{id}/deactivate' },
  cli: { command: 'user deactivate', positional: ['id'] },
})
export const tokenCreate = operation({
  name: 'token.create',
  summary: 'Create an access token',
  description:
    'A token carries at most the operations it names and the rights of its owner; only its hash is kept.',
  effect: 'write',
  secretOutput: true,
  input: closed({
    name: UserName,
    scopes: Type.Array(Type.String({ maxLength: 64 }), {
      minItems: 1,
      maxItems: 100,
      uniqueItems: true,
      description: 'Operation names, or * for all that the owner may do.',
    }),
    hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 8760, default: 24 })),
  }),
  output: closed({ id: TokenId, secret: Type.String({ description: 'Shown once.' }), expiresAt: Instant }),
  denials: { scope_too_wide: identityDenials.scope_too_wide },
  rest: { method: 'POST', path: '/tokens' },
  cli: { command: 'token create', positional: ['name'] },
})
export const tokenList = operation({
  name: 'token.list',
  summary: 'List your tokens',
  description: 'Your own tokens, without their secrets.',
  effect: 'read',
  input: closed({}),
  output: closed({
    rows: Type.Array(
      closed({
        id: TokenId,
        name: Type.String(),
        scopes: Type.Array(Type.String()),
        createdAt: Instant,
        expiresAt: Instant,
        revoked: Type.Boolean(),
      }),
    ),
  }),
  denials: {},
  rest: { method: 'GET', path: '/tokens' },
  cli: { command: 'token list' },
})
export const tokenRevoke = operation({
  name: 'token.revoke',
  summary: 'Revoke a token',
  description: 'Effective on the next call.',
  effect: 'write',
  input: closed({ id: TokenId }),
  output: closed({ id: TokenId, revoked: Type.Boolean() }),
  denials: { token_unknown: identityDenials.token_unknown },
  rest: { method: 'DELETE', path: '/tokens/{id}' },
  cli: { command: 'token revoke', positional: ['id'] },
})
