import { allow, deny, marketplaceDenials, secretDenials } from '@switchboard/api'
import type { Reader, Tx } from '../kernel/db/index.ts'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import type { Marketplace, Purger } from '../marketplace/index.ts'
import type { UsableSecret } from '../outbound/index.ts'
import type { SecretBox } from './secret-box.ts'
import { deleteSecrets, putSecret, secretsOf } from './secret-store.ts'
import type { SecretRow } from './secret-store.ts'

export interface SecretsDeps {
  readonly box: SecretBox
  readonly marketplace: () => Pick<Marketplace, 'installed'>
}

export interface Secrets {
  readonly registrations: readonly Registration[]
  readonly purger: Purger
  /** Opened, for the broker alone. @throws {Fault} `secret_unreadable` */
  usable(db: Reader, organisation: string, packageName: string): Promise<readonly UsableSecret[]>
  removeAll(tx: Tx, organisation: string): Promise<number>
}

export function createSecrets(deps: SecretsDeps): Secrets {
  return {
    registrations: [setSecret(deps), listSecrets(), removeSecret()],
    purger: {
      what: 'secrets',
      // Sealed, each is a text that nothing else holds: what the scan looks for afterwards.
      words: async (tx, organisation, name) =>
        (await secretsOf(tx, organisation, name)).map(({ sealed }) => sealed),
      rows: (tx, organisation, name) => deleteSecrets(tx, organisation, name),
    },
    async usable(db, organisation, packageName) {
      return (await secretsOf(db, organisation, packageName)).map((row) => {
        const hosts = hostsOf(row)
        const { name, sealed } = row
        return {
          name,
          hosts,
          version: sealed,
          value: deps.box.open(sealed, { organisation, package: packageName, name, hosts }),
        }
      })
    },
    removeAll: (tx, organisation) => deleteSecrets(tx, organisation),
  }
}

function setSecret({ box, marketplace }: SecretsDeps): Registration {
  return handleWrite(operationOf('secret.set'), {
    async run(ctx, { package: id, name, hosts: given, value }) {
      const { organisation } = ctx.actor
      const installed = await marketplace().installed(ctx.tx, organisation, id)
      if (installed === undefined) return deny(marketplaceDenials, 'not_installed', { package: id })
      if (!installed.declared.includes(`secret:${name}`))
        return deny(marketplaceDenials, 'capability_undeclared', {
          package: id,
          capability: `secret:${name}`,
        })
      const hosts = given.toSorted()
      const undeclared = hosts.find((host) => !installed.declared.includes(`net:${host}`))
      if (undeclared !== undefined)
        return deny(secretDenials, 'secret_host_undeclared', { package: id, host: undeclared })
      const row: SecretRow = {
        organisation,
        package: id,
        name,
        hosts: JSON.stringify(hosts),
        sealed: box.seal(value, { organisation, package: id, name, hosts }),
        set_at: ctx.at,
        set_by: ctx.actor.name,
      }
      await putSecret(ctx.tx, row)
      ctx.subject({
        package: id,
        version: installed.version,
        digest: installed.digest,
        target: `${name} → ${hosts.join(' ')}`,
      })
      return allow(shown(row))
    },
  })
}

function listSecrets(): Registration {
  return handleRead(operationOf('secret.list'), {
    async run(ctx, { package: id }) {
      return allow({ rows: (await secretsOf(ctx.read, ctx.actor.organisation, id)).map(shown) })
    },
  })
}

function removeSecret(): Registration {
  return handleWrite(operationOf('secret.remove'), {
    async run(ctx, { package: id, name }) {
      const removed = await deleteSecrets(ctx.tx, ctx.actor.organisation, id, name)
      if (removed === 0) return deny(secretDenials, 'secret_unknown', { package: id, secret: name })
      ctx.subject({ package: id, target: name })
      return allow({ removed: true })
    },
  })
}

function shown(row: SecretRow) {
  return { package: row.package, name: row.name, hosts: hostsOf(row), setAt: row.set_at, setBy: row.set_by }
}

function hostsOf({ hosts }: SecretRow): string[] {
  // Written by secret.set alone, and bound to the sealed value.
  return JSON.parse(hosts) as string[]
}
