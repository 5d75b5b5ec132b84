import { Type } from 'typebox'
import { holdDenials } from '../holds/denials.ts'
import { operation } from '../operation.ts'
import { closed, Instant, Json, Limit, PackageName, Pap, Scope, Sha256, Tlp, Version } from '../schema.ts'
import { marketplaceDenials as d } from './denials.ts'

const Kind = Type.Union([Type.Literal('plugin'), Type.Literal('data')])
const Trust = Type.Union([Type.Literal('built_in'), Type.Literal('verified'), Type.Literal('pinned')], {
  description:
    'What your organisation holds of the publisher: `pinned` says who signed, `verified` that an administrator vouches for them.',
})
const NeededLevel = Type.String({
  description: 'The weakest sandbox level that may run it: development, reduced or full; none for data.',
})
const Note = Type.String({ minLength: 1, maxLength: 2000 })
const PublisherTrusted = closed({ publisher: Type.String(), keyId: Type.String(), trust: Trust })
const CodeReview = closed(
  {
    package: PackageName,
    version: Version,
    digest: Sha256,
    by: Type.String(),
    at: Instant,
    note: Type.String(),
  },
  { title: 'CodeReview' },
)
const Package = closed(
  {
    name: PackageName,
    version: Version,
    kind: Kind,
    title: Type.String(),
    summary: Type.String(),
    publisher: Type.String(),
    keyId: Type.String(),
    digest: Sha256,
    addedAt: Instant,
    installed: Type.Boolean(),
    trust: Trust,
    reviewed: Type.Boolean({
      description: 'Whether a person of your organisation reviewed this very version.',
    }),
    neededLevel: NeededLevel,
  },
  { title: 'Package' },
)
const Capability = closed(
  {
    scope: Scope,
    required: Type.Boolean(),
    granted: Type.Boolean(),
    impact: Type.String({ description: 'What granting it lets the code do, in a sentence.' }),
  },
  { title: 'Capability' },
)
const Licences = Type.Array(
  Type.String({ minLength: 1, maxLength: 200, pattern: '^[!-~](?:[ -~]*[!-~])?$' }),
  {
    maxItems: 64,
    uniqueItems: true,
    description: 'Licences as data and entities name them, or * for any.',
  },
)
const Ceilings = closed(
  {
    tlp: Tlp,
    pap: Pap,
    licences: Licences,
  },
  { title: 'Ceilings', description: 'What the package may be given at most.' },
)
const Installation = closed(
  {
    id: PackageName,
    version: Version,
    kind: Kind,
    digest: Sha256,
    publisher: Type.String(),
    capabilities: Type.Array(Scope, { description: 'Those that the manifest names: what can be granted.' }),
    granted: Type.Array(Scope, { description: 'Those that an administrator consented to.' }),
    ceilings: Ceilings,
    installedAt: Instant,
  },
  { title: 'Installation' },
)
const RunBudgets = closed(
  {
    wallMs: Type.Integer(),
    cpuMs: Type.Integer(),
    memoryMB: Type.Integer(),
    rows: Type.Integer(),
    calls: Type.Integer(),
    outputBytes: Type.Integer(),
    logBytes: Type.Integer(),
  },
  {
    title: 'RunBudgets',
    description: "What one run may use here: what the manifest asks for, below this server's ceilings.",
  },
)
const Purged = closed(
  {
    id: PackageName,
    version: Version,
    digest: Sha256,
    removed: Type.Array(closed({ what: Type.String(), count: Type.Integer() })),
    kept: Type.Array(closed({ what: Type.String(), why: Type.String() })),
    residue: Type.Array(closed({ where: Type.String(), what: Type.String() }), {
      description: 'What the zero-residue scan still found; empty when the uninstall is complete.',
    }),
    scanned: closed({ tables: Type.Integer(), files: Type.Integer(), bytes: Type.Integer() }),
  },
  { title: 'PurgeManifest' },
)

export const pluginList = operation({
  name: 'plugin.list',
  summary: 'List packages',
  description:
    'The catalogue of plugins and data packages, newest version of each; `q` searches name, title and summary.',
  effect: 'read',
  input: closed({
    q: Type.Optional(Type.String({ maxLength: 200 })),
    kind: Type.Optional(Kind),
    installed: Type.Optional(Type.Boolean()),
    trust: Type.Optional(Trust),
    limit: Limit,
  }),
  output: closed({ rows: Type.Array(Package) }),
  denials: {},
  rest: { method: 'GET', path: '/plugins' },
  graphql: { kind: 'query', field: 'plugins' },
  cli: { command: 'plugin list' },
})
export const pluginDetail = operation({
  name: 'plugin.detail',
  summary: 'Show a package',
  description:
    'One package: capabilities with their impact, budgets, versions, publisher, the file list with digests.',
  effect: 'read',
  input: closed({ id: PackageName, version: Type.Optional(Version) }),
  output: closed({
    package: Package,
    versions: Type.Array(Version),
    capabilities: Type.Array(Capability),
    budgets: Json,
    runBudgets: Type.Union([RunBudgets, Type.Null()]),
    manifest: Json,
    files: Type.Array(closed({ path: Type.String(), bytes: Type.Integer(), sha256: Sha256 })),
    review: Type.Union([CodeReview, Type.Null()]),
    reachedLevel: Type.String({ description: 'The sandbox level of this server.' }),
    keyPinnedAt: Type.Union([Instant, Type.Null()], {
      description:
        'When your organisation pinned the key that signed this version; null once it is not pinned.',
    }),
    installation: Type.Union([Installation, Type.Null()]),
  }),
  denials: { package_unknown: d.package_unknown },
  rest: { method: 'GET', path: '/plugins/{id}' },
  graphql: { kind: 'query', field: 'plugin' },
  cli: { command: 'plugin detail', positional: ['id'] },
})
const Library = closed(
  {
    name: Type.String(),
    version: Type.String(),
    licence: Type.Union([Type.String(), Type.Null()], {
      description: 'As an SPDX expression; null: not stated.',
    }),
    purl: Type.Union([Type.String(), Type.Null()], { description: 'Its package URL.' }),
  },
  { title: 'Library' },
)
export const pluginSbom = operation({
  name: 'plugin.sbom',
  summary: 'Show what a package is made of',
  description:
    'The libraries that are bundled into a version, as its signed SBOM lists them, and the SBOM itself (SPDX 2.3). Without `version`, the newest.',
  effect: 'read',
  input: closed({ id: PackageName, version: Type.Optional(Version) }),
  output: closed({
    package: PackageName,
    version: Version,
    digest: Sha256,
    libraries: Type.Array(Library, { description: 'Empty where the package bundles none.' }),
    spdx: Type.String({
      contentEncoding: 'base64',
      description: 'sbom.spdx.json as it lies in the package.',
    }),
  }),
  denials: { package_unknown: d.package_unknown },
  rest: { method: 'GET', path: '/plugins/{id}/sbom' },
  graphql: { kind: 'query', field: 'pluginSbom' },
  cli: { command: 'plugin sbom', positional: ['id'], out: 'spdx', outOptional: true },
})
export const packageAdd = operation({
  name: 'package.add',
  summary: 'Add a package to the catalogue',
  description:
    'Verifies signature, file list and manifest against the pinned publishers and keeps the package; nothing is kept otherwise.',
  effect: 'write',
  input: closed({
    content: Type.String({
      maxLength: 90_000_000,
      contentEncoding: 'base64',
      description: 'The .sbp file in base64.',
    }),
  }),
  output: Package,
  denials: {
    package_refused: d.package_refused,
    signer_unknown: d.signer_unknown,
    version_taken: d.version_taken,
    publisher_changed: d.publisher_changed,
  },
  rest: { method: 'POST', path: '/packages' },
  cli: { command: 'plugin add', positional: ['content'], files: ['content'] },
})
export const pluginInstall = operation({
  name: 'plugin.install',
  summary: 'Install a package',
  description:
    'Verifies the stored package once more, pins its version, and grants nothing unless told: `minimal` also consents to the required capabilities, `caps` to those named.',
  effect: 'write',
  input: closed({
    id: PackageName,
    version: Type.Optional(Version),
    caps: Type.Optional(Type.Array(Scope, { maxItems: 64, uniqueItems: true })),
    minimal: Type.Optional(Type.Boolean()),
  }),
  output: Installation,
  denials: {
    package_unknown: d.package_unknown,
    package_refused: d.package_refused,
    signer_unknown: d.signer_unknown,
    already_installed: d.already_installed,
    capability_undeclared: d.capability_undeclared,
  },
  rest: { method: 'POST', path: '/plugins/{id}/install' },
  graphql: { kind: 'mutation', field: 'pluginInstall' },
  cli: { command: 'plugin install', positional: ['id'] },
})
export const pluginGrant = operation({
  name: 'plugin.grant',
  summary: 'Grant capabilities',
  description: 'Consents to capabilities that the manifest names; effective on the next call.',
  effect: 'write',
  input: closed({
    id: PackageName,
    caps: Type.Array(Scope, { minItems: 1, maxItems: 64, uniqueItems: true }),
  }),
  output: closed({ granted: Type.Boolean(), capabilities: Type.Array(Scope) }),
  denials: { not_installed: d.not_installed, capability_undeclared: d.capability_undeclared },
  rest: { method: 'POST', path: '/plugins/{id}/grants' },
  graphql: { kind: 'mutation', field: 'pluginGrant', scalar: 'granted' },
  cli: { command: 'plugin grant', positional: ['id', 'caps'] },
})
export const pluginRevoke = operation({
  name: 'plugin.revoke',
  summary: 'Revoke capabilities',
  description: 'Takes capabilities back; effective on the next call, runs under way included.',
  effect: 'write',
  input: closed({
    id: PackageName,
    caps: Type.Array(Scope, { minItems: 1, maxItems: 64, uniqueItems: true }),
  }),
  output: closed({ revoked: Type.Boolean(), capabilities: Type.Array(Scope) }),
  denials: { not_installed: d.not_installed },
  rest: { method: 'POST', path: '/plugins/{id}/revocations' },
  graphql: { kind: 'mutation', field: 'pluginRevoke', scalar: 'revoked' },
  cli: { command: 'plugin revoke', positional: ['id', 'caps'] },
})
export const pluginSetCeilings = operation({
  name: 'plugin.set_ceilings',
  summary: "Set a package's ceilings",
  description:
    'Up to which marking, and under which licences, an installed package may be given information; what is left out stays. Effective on the next call. A package that names hosts starts at GREEN, another at RED.',
  effect: 'write',
  input: closed({
    id: PackageName,
    tlp: Type.Optional(Tlp),
    pap: Type.Optional(Pap),
    licences: Type.Optional(Licences),
  }),
  output: closed({ id: PackageName, ceilings: Ceilings }),
  denials: { not_installed: d.not_installed },
  rest: { method: 'PUT', path: '/plugins/{id}/ceilings' },
  cli: { command: 'plugin ceilings', positional: ['id'] },
})
export const pluginUninstall = operation({
  name: 'plugin.uninstall',
  summary: 'Uninstall a package',
  description:
    'Removes the installation with its grants, runs, logs, caches and files, then scans for residue. Receipts stay: they are the proof. The signed package stays in the catalogue, unless `forget` takes it off the shelf too. Refused while a case that it ran on is under legal hold.',
  effect: 'external',
  input: closed({ id: PackageName, forget: Type.Optional(Type.Boolean()) }),
  output: Purged,
  denials: { not_installed: d.not_installed, under_hold: holdDenials.under_hold },
  rest: { method: 'POST', path: '/plugins/{id}/uninstall' },
  graphql: { kind: 'mutation', field: 'pluginUninstall' },
  cli: { command: 'plugin uninstall', positional: ['id'] },
})
export const pluginReview = operation({
  name: 'plugin.review',
  summary: 'Review a version of a plugin',
  description:
    'States that you have read this version and that its code may run at every sandbox level. It binds to the digest of the package; send `digest` to be sure that it is the one you read. Without `version`, the installed one, or else the newest. Whoever added a version reviews it only where nobody else could.',
  effect: 'write',
  input: closed({
    id: PackageName,
    version: Type.Optional(Version),
    digest: Type.Optional(Sha256),
    note: Note,
  }),
  output: CodeReview,
  denials: {
    package_unknown: d.package_unknown,
    kind_mismatch: d.kind_mismatch,
    review_digest_differs: d.review_digest_differs,
  },
  rest: { method: 'POST', path: '/plugins/{id}/reviews' },
  graphql: { kind: 'mutation', field: 'pluginReview' },
  cli: { command: 'plugin review', positional: ['id'] },
})
export const pluginUnreview = operation({
  name: 'plugin.unreview',
  summary: 'Take a review back',
  description:
    'The version needs again the level that its publisher gives it, from the next run on; to stop runs under way, quarantine it.',
  effect: 'write',
  input: closed({ id: PackageName, version: Type.Optional(Version), note: Note }),
  output: closed({ package: PackageName, version: Version, digest: Sha256, neededLevel: NeededLevel }),
  denials: { package_unknown: d.package_unknown, not_reviewed: d.not_reviewed },
  rest: { method: 'POST', path: '/plugins/{id}/unreview' },
  graphql: { kind: 'mutation', field: 'pluginUnreview' },
  cli: { command: 'plugin unreview', positional: ['id'] },
})
export const publisherTrust = operation({
  name: 'publisher.trust',
  summary: 'Pin a publisher key',
  description:
    "Packages signed with this key will verify, under this publisher's name, in your organisation.",
  effect: 'write',
  input: closed({
    publisher: Type.String({ minLength: 1, maxLength: 80 }),
    key: Type.String({ maxLength: 2000, description: 'Public key, PEM (SPKI).' }),
  }),
  output: closed({ publisher: Type.String(), keyId: Type.String() }),
  denials: { publisher_exists: d.publisher_exists, key_invalid: d.key_invalid },
  rest: { method: 'POST', path: '/publishers' },
  cli: { command: 'publisher trust', positional: ['publisher', 'key'], files: [] },
})
export const publisherVerify = operation({
  name: 'publisher.verify',
  summary: 'Vouch for a pinned publisher',
  description:
    'Its packages may then run at the sandbox level `reduced` without a review of each version. Pinning alone says only who signed.',
  effect: 'write',
  input: closed({ publisher: Type.String({ minLength: 1, maxLength: 80 }), note: Note }),
  output: PublisherTrusted,
  denials: { publisher_unknown: d.publisher_unknown },
  rest: { method: 'POST', path: '/publishers/verify' },
  cli: { command: 'publisher verify', positional: ['publisher'] },
})
export const publisherUnverify = operation({
  name: 'publisher.unverify',
  summary: 'Vouch for a publisher no longer',
  description: 'Its key stays pinned; from the next run on its packages need `full` or a review.',
  effect: 'write',
  input: closed({ publisher: Type.String({ minLength: 1, maxLength: 80 }), note: Note }),
  output: PublisherTrusted,
  denials: { publisher_unknown: d.publisher_unknown },
  rest: { method: 'POST', path: '/publishers/unverify' },
  cli: { command: 'publisher unverify', positional: ['publisher'] },
})
export const publisherList = operation({
  name: 'publisher.list',
  summary: 'List pinned publishers',
  description: 'The publishers whose packages verify here, with their public keys.',
  effect: 'read',
  input: closed({}),
  output: closed({
    rows: Type.Array(
      closed({
        publisher: Type.String(),
        keyId: Type.String(),
        key: Type.String(),
        pinnedAt: Instant,
        builtIn: Type.Boolean(),
        trust: Trust,
      }),
    ),
  }),
  denials: {},
  rest: { method: 'GET', path: '/publishers' },
  cli: { command: 'publisher list' },
})
