import { readFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { Type } from 'typebox'
import type { Static, TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { Fault } from './fault.ts'

/** Every setting: what it means, its default, and (by its name) its environment variable. The reference page is made from it. */
export const configSchema = Type.Object(
  {
    data: Type.String({
      default: 'data',
      description: 'Folder for state, keys, the evidence log and packages. Keep it private and back it up.',
    }),
    database: Type.String({
      default: '',
      description:
        'postgres://… to keep state on PostgreSQL; empty: an embedded SQLite file in the data folder.',
    }),
    host: Type.String({
      default: '127.0.0.1',
      description: 'Address to listen on. Loopback unless you say otherwise.',
    }),
    port: Type.Integer({
      default: 4000,
      minimum: 0,
      maximum: 65_535,
      description: 'Port to listen on; 0 chooses a free one.',
    }),
    scheme: Type.Union([Type.Literal('http'), Type.Literal('https')], {
      default: 'http',
      description: 'https when a proxy in front ends TLS: cookies become Secure.',
    }),
    hosts: Type.String({
      default: '',
      description: 'Names that this server answers to besides loopback, separated by commas.',
    }),
    region: Type.String({
      default: 'local',
      minLength: 1,
      maxLength: 40,
      description: 'Where this server stands; it is in every receipt and in every decision of policy.',
    }),
    residency: Type.String({
      default: '',
      maxLength: 40,
      description:
        'Where the data is kept, where that is another region, as of a managed database; it is in every receipt.',
    }),
    organisation: Type.String({
      default: 'My organisation',
      minLength: 1,
      maxLength: 80,
      description: 'Name of the organisation made at first start.',
    }),
    demo: Type.Boolean({
      default: true,
      description: 'Make the labelled demonstration organisation and perform its journey at first start.',
    }),
    budgetMicros: Type.Integer({
      default: 50_000_000,
      minimum: 0,
      description:
        'Monthly budget of an organisation, in millionths of the currency unit, until somebody sets one.',
    }),
    runners: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 64,
      description: 'Sandbox processes kept ready for plugins.',
    }),
    sandbox: Type.Union(
      [Type.Literal('auto'), Type.Literal('full'), Type.Literal('reduced'), Type.Literal('development')],
      {
        default: 'auto',
        description:
          'Level of the jail around plugins. auto: the best that holds here; full or reduced: refuse to start below; development: no jail of the system.',
      },
    ),
    netOpen: Type.String({
      default: '',
      description:
        'What plugins may be granted besides https on port 443 at public addresses, separated by commas: https://misp.corp.example:8443 opens exactly this scheme, host and port, private and loopback addresses behind it included.',
    }),
    netProxy: Type.String({
      default: '',
      description:
        'The proxy that requests of plugins leave through, as http://user:password@proxy.example:3128.',
    }),
    netProxyResolves: Type.Boolean({
      default: false,
      description:
        'Let the proxy find the addresses of hosts, and trust it to keep private ones closed. Otherwise names are resolved and checked here, and the proxy is asked for the checked address.',
    }),
    netCa: Type.String({
      default: '',
      description:
        'File with certificates of CAs (PEM) that requests of plugins trust besides the public ones.',
    }),
    netCacheSeconds: Type.Integer({
      default: 3_600,
      minimum: 0,
      maximum: 86_400,
      description: 'How long an answer to a plugin is kept at most, where its host allows it; 0 keeps none.',
    }),
    feedDestinations: Type.String({
      default: '',
      description:
        'What feeds of receipts may be sent to, separated by commas: https://siem.corp.example:8088 or syslog://logs.corp.example:6514 opens exactly this host and port, private and loopback addresses behind it included; public opens https on port 443 at public addresses. Empty: nothing.',
    }),
    recordingDays: Type.Integer({
      default: 30,
      minimum: 0,
      maximum: 3_650,
      description:
        'For how many days what a run was answered is kept, so that it can be replayed; 0: nothing is recorded.',
    }),
    recordingMegabytes: Type.Integer({
      default: 1_024,
      minimum: 1,
      maximum: 1_000_000,
      description:
        'How many megabytes the recordings of one organisation may take; over that the oldest are erased.',
    }),
    recordingLicencesNotKept: Type.String({
      default: 'LicenseRef-No-Retention*',
      description:
        'Licences whose terms forbid to keep data, separated by commas; a * at the end stands for anything. An answer under one of them is not recorded. TLP:RED never is.',
    }),
    witnesses: Type.String({
      default: '',
      description:
        "Witnesses of the evidence log, as URL=KEY separated by commas: https://witness.example=witness.example/w1+0123abcd+B…. Each KEY is the witness's verifier key, from its operator.",
    }),
    witnessesNeeded: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 16,
      description: 'How many of the witnesses have to cosign a checkpoint before it counts as witnessed.',
    }),
    compactAfterHours: Type.Integer({
      default: 24,
      minimum: 0,
      maximum: 876_000,
      description:
        'How old receipts are before full runs of 65,536 are moved out of the store into compressed blocks in the data folder, without loss.',
    }),
    logLevel: Type.Union(
      [
        Type.Literal('debug'),
        Type.Literal('info'),
        Type.Literal('warn'),
        Type.Literal('error'),
        Type.Literal('silent'),
      ],
      { default: 'warn', description: 'How much is written to standard error, as JSON lines.' },
    ),
    metricsAnywhere: Type.Boolean({ default: false, description: 'Serve /metrics to other machines too.' }),
    shutdownSeconds: Type.Integer({
      default: 10,
      minimum: 0,
      maximum: 600,
      description: 'How long requests and runs under way may take to finish when the server stops.',
    }),
  },
  { additionalProperties: false },
)
export type Config = Static<typeof configSchema>

/** The environment variable of a setting: `budgetMicros` → `SWITCHBOARD_BUDGET_MICROS`. */
export function variableOf(setting: string): string {
  return `SWITCHBOARD_${setting.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/**
 * Reads the configuration: defaults, then the JSON file that SWITCHBOARD_CONFIG names (or switchboard.json in `folder`,
 * when there is one), then the environment.
 *
 * @param folder relative paths are resolved against it.
 * @throws {Fault} `config_invalid`, naming the setting, its rule and where it was set.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>, folder: string): Config {
  const fromFile = readFile(env['SWITCHBOARD_CONFIG'], folder)
  const settings: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(configSchema.properties)) {
    // The properties are a union of types; only what they share as JSON Schema is read here.
    const schema: TSchema & { type?: string; default?: unknown } = property
    const variable = env[variableOf(name)]
    const place = variable === undefined ? 'the configuration file' : variableOf(name)
    const value: unknown =
      variable === undefined ? (fromFile[name] ?? schema.default) : fromText(schema, variable)
    if (!Check(schema, value)) {
      const rule = Errors(schema, value)[0]?.message ?? 'is not allowed'
      throw invalid(`${name} (${place}) ${rule}; see docs/reference/configuration.md`)
    }
    settings[name] = value
  }
  const unknown = Object.keys(fromFile).find((name) => !Object.hasOwn(configSchema.properties, name))
  if (unknown !== undefined)
    throw invalid(
      `the configuration file names ${unknown}, which is no setting; see docs/reference/configuration.md`,
    )
  const config = settings as Config
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path))
  return { ...config, data: absolute(config.data), netCa: config.netCa === '' ? '' : absolute(config.netCa) }
}

function fromText(schema: { type?: unknown }, text: string): unknown {
  if (schema.type === 'boolean')
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text
  if (schema.type === 'integer') return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : text
  return text
}

function readFile(named: string | undefined, folder: string): Record<string, unknown> {
  const path = named ?? join(folder, 'switchboard.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (named === undefined) return {}
    throw invalid(`the file ${path} that SWITCHBOARD_CONFIG names cannot be read`, cause)
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch (cause) {
    throw invalid(`${path} is not JSON`, cause)
  }
  throw invalid(`${path} must hold one JSON object`)
}

function invalid(what: string, cause?: unknown): Fault {
  return new Fault('config_invalid', `Configuration: ${what}.`, { retryable: false, cause })
}
