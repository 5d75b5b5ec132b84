import { allow, deny, kvDenials, marketplaceDenials } from '@switchboard/api'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Context, Registration, Resource, Via } from '../kernel/handler.ts'
import { storableJson } from '../kernel/storable-json.ts'
import { isWithin, stricterPap, stricterTlp } from '../kernel/tlp.ts'
import type { Marketplace } from '../marketplace/index.ts'
import { storeKv } from '../sandbox/capabilities/index.ts'
import {
  deleteValue,
  deleteValuesOf,
  findValue,
  listValues,
  putValue,
  usageByPackage,
  usageOf,
  valuesInTurn,
} from './value-store.ts'
import type { Owner } from './value-store.ts'

interface ValueDeps {
  readonly marketplace: Pick<Marketplace, 'installed'>
}
const { keys: mostKeys, bytes: mostBytes, bytesPerValue } = storeKv.limits

/** `kv.get`, `kv.set`, `kv.delete`, `kv.list` for plugins; `plugin.kv_usage` and `plugin.kv_clear` for administrators. */
export function keepValues(deps: ValueDeps): readonly Registration[] {
  return [get(), set(deps), remove(), list(), showUsage(), clear(deps)]
}

/** The values of the plugin that asks; nobody can name another's. */
function ownerOf(ctx: Context): Owner {
  return { organisation: ctx.actor.organisation, package: viaOf(ctx).package }
}

function viaOf(ctx: Context): Via {
  const { via } = ctx.actor
  if (via === undefined) throw new TypeError('unreachable: the resource was refused')
  return via
}

/** A value as policy sees it; a person has none. */
async function valueResource(ctx: Context, operation: string, key?: string) {
  const { organisation, via } = ctx.actor
  if (via === undefined) return deny(kvDenials, 'kv_plugins_only', { operation })
  const row = key === undefined ? undefined : await findValue(ctx.read, ownerOf(ctx), key)
  const resource: Resource = {
    type: 'Value',
    id: key ?? via.package,
    organisation,
    // What is not there tells nothing.
    tlp: row?.tlp ?? 'CLEAR',
    attributes: { pap: row?.pap ?? 'CLEAR' },
  }
  return allow(resource)
}

function get(): Registration {
  return handleRead(operationOf('kv.get'), {
    resource: (ctx, { key }) => valueResource(ctx, 'kv.get', key),
    async run(ctx, { key }) {
      const row = await findValue(ctx.read, ownerOf(ctx), key)
      // Decided for the value as it was a moment ago.
      if (row === undefined || !isWithin(ctx.ceilings, row)) return allow({ value: null })
      ctx.count({ rows: 1 })
      ctx.place({ tlp: row.tlp, pap: row.pap })
      return allow({ value: JSON.parse(row.value) as unknown })
    },
  })
}

function set({ marketplace }: ValueDeps): Registration {
  return handleWrite(operationOf('kv.set'), {
    resource: (ctx) => valueResource(ctx, 'kv.set'),
    async run(ctx, { key, value }) {
      const owner = ownerOf(ctx)
      const json = storableJson(value)
      if ('rule' in json) return deny(kvDenials, 'kv_value_invalid', { key, rule: json.rule })
      const bytes = Buffer.byteLength(json.text)
      if (bytes > bytesPerValue)
        return deny(kvDenials, 'kv_value_invalid', {
          key,
          rule: `must have at most ${bytesPerValue} bytes as JSON; it has ${bytes}`,
        })
      await valuesInTurn(ctx.tx, owner)
      const installed = await marketplace.installed(ctx.tx, owner.organisation, owner.package)
      // Uninstalled since it was decided: what has been purged must not come back.
      if (installed === undefined)
        return deny(marketplaceDenials, 'not_installed', { package: owner.package })
      const [used, before] = [await usageOf(ctx.tx, owner), await findValue(ctx.tx, owner, key)]
      const keys = used.keys + (before === undefined ? 1 : 0)
      const total = used.bytes - (before?.bytes ?? 0) + bytes
      const over = keys > mostKeys ? 'keys' : total > mostBytes ? 'bytes' : undefined
      if (over !== undefined)
        return deny(kvDenials, 'kv_quota_exceeded', {
          package: owner.package,
          what: over,
          used: over === 'keys' ? keys : total,
          allowed: over === 'keys' ? mostKeys : mostBytes,
        })
      await putValue(ctx.tx, {
        ...owner,
        key,
        value: json.text,
        bytes,
        tlp: viaOf(ctx).marked.tlp,
        pap: viaOf(ctx).marked.pap,
        canary: installed.canary,
        updated_at: ctx.at,
      })
      ctx.count({ rows: 1 })
      return allow({ key, bytes })
    },
  })
}

function remove(): Registration {
  return handleWrite(operationOf('kv.delete'), {
    resource: (ctx, { key }) => valueResource(ctx, 'kv.delete', key),
    async run(ctx, { key }) {
      const owner = ownerOf(ctx)
      await valuesInTurn(ctx.tx, owner)
      return allow({ deleted: await deleteValue(ctx.tx, owner, key) })
    },
  })
}

function list(): Registration {
  return handleRead(operationOf('kv.list'), {
    resource: (ctx) => valueResource(ctx, 'kv.list'),
    async run(ctx, { prefix = '', limit = 100, cursor }) {
      const rows = await listValues(ctx.read, ownerOf(ctx), { prefix, after: cursor, limit: mostKeys })
      // A key can tell as much as a value.
      const shown = rows.filter((row) => isWithin(ctx.ceilings, row))
      const page = shown.slice(0, limit)
      ctx.count({ rows: page.length })
      if (page.length > 0)
        ctx.place({
          tlp: page.map(({ tlp }) => tlp).reduce(stricterTlp),
          pap: page.map(({ pap }) => pap).reduce(stricterPap),
        })
      const last = page.at(-1)
      return allow({
        rows: page.map(({ key, bytes, updated_at }) => ({ key, bytes, updatedAt: updated_at })),
        ...(shown.length > limit && last !== undefined ? { next: last.key } : {}),
      })
    },
  })
}

function showUsage(): Registration {
  return handleRead(operationOf('plugin.kv_usage'), {
    async run(ctx) {
      const used = await usageByPackage(ctx.read, ctx.actor.organisation)
      const rows = used.map(({ package: id, keys, bytes }) => ({
        id,
        keys,
        keysAllowed: mostKeys,
        bytes,
        bytesAllowed: mostBytes,
      }))
      ctx.count({ rows: rows.length })
      return allow({ rows })
    },
  })
}

function clear({ marketplace }: ValueDeps): Registration {
  return handleWrite(operationOf('plugin.kv_clear'), {
    async run(ctx, { id }) {
      const { organisation } = ctx.actor
      const installed = await marketplace.installed(ctx.tx, organisation, id)
      if (installed === undefined) return deny(marketplaceDenials, 'not_installed', { package: id })
      ctx.subject({ package: id, version: installed.version, digest: installed.digest })
      const keys = await deleteValuesOf(ctx.tx, organisation, id)
      ctx.count({ rows: keys })
      return allow({ id, keys })
    },
  })
}
