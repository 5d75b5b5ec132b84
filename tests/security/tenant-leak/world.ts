import { createHash } from 'node:crypto'
import { dataPackage } from '../../support/test-package.ts'
import type { People, TestServer } from '../../support/test-server.ts'
import type { Draw } from './draw.ts'
import { paps, tlps } from './oracle.ts'
import type { Case, Installation, Link, Tenant, Thing } from './oracle.ts'
import { hosts } from './outside.ts'
import type { Outside } from './outside.ts'

export const packages = ['alpha', 'beta'] as const
export const tables = ['ports', 'only-a', 'only-b'] as const
const manifest = {
  capabilities: {
    graph: ['read', 'write'],
    cases: ['read', 'write'],
    store: ['kv'],
    data: tables,
    network: false,
    net: [hosts.declared],
    secrets: ['api-key'],
  },
  permissions: ['use:nl2cypher'],
}
export const declared = [
  'read:graph',
  'write:graph',
  'read:case',
  'write:case',
  'store:kv',
  ...tables.map((table) => `read:data:${table}`),
  `net:${hosts.declared}`,
  'secret:api-key',
  'use:nl2cypher',
]
/** Calls what it is told to, one after another, prints the answers and returns them. */
const code = `
  const told = []
  for (const [method, input] of args.calls) {
    let call = api
    for (const part of method.split('.')) call = call[part]
    told.push(await call(input).then((value) => ({ value }), (error) => ({ refused: error.code })))
  }
  console.log(args.word, JSON.stringify(told))
  return { told }
`
/** Of what is imported; some of it without one. */
const sourceLicences = ['MIT', 'CC0-1.0', '']
const licences = ['MIT', 'CC0-1.0', 'proprietary', 'as cited']

export interface Side {
  readonly who: People
  readonly tenant: Tenant
  /** Of the things that were there from the start. */
  readonly keys: readonly string[]
}

/** Two organisations with the same packages, tables, secrets' names and keys of things, and other contents. */
export async function makeWorld(s: TestServer, outside: Outside, draw: Draw): Promise<readonly [Side, Side]> {
  return [await makeSide(s, outside, 'a', draw), await makeSide(s, outside, 'b', draw)]
}

async function makeSide(s: TestServer, outside: Outside, name: 'a' | 'b', draw: Draw): Promise<Side> {
  const who = s[name]
  const tenant: Tenant = {
    name: wordOf(name),
    things: new Map(),
    links: [],
    cases: [],
    tables: new Map(
      ['ports', `only-${name}`].map((table) => [
        table,
        { licence: 'CC0-1.0', row: { port: 22, name: `${wordOf(name)} ${table}` } },
      ]),
    ),
    packages: new Map(
      packages.map((id): [string, Installation] => [
        id,
        {
          granted: new Set(),
          ceilings: { tlp: 'RED', pap: 'RED', licences: ['*'] },
          values: new Map(),
          secret: undefined,
          told: new Map(),
        },
      ]),
    ),
  }
  for (const [table, { row }] of tenant.tables)
    await s.install(
      who,
      await dataPackage({
        name: table,
        csv: `port,name\n22,${(row as { name: string }).name}\n`,
        columns: [
          { name: 'port', type: 'integer' },
          { name: 'name', type: 'string' },
        ],
        key: { kind: 'exact', column: 'port' },
      }),
    )
  for (const id of packages)
    await s.install(who, { name: id, code, manifest, budgets: { ms: 60_000, rows: 10_000 } })
  await fillGraph(s, who, name, tenant, draw)
  for (const tlp of tlps)
    for (const pap of ['GREEN', draw.one(paps)]) {
      const { id } = await s.value(who.analyst, 'case.create', {
        title: `case of ${tenant.name}`,
        tlp: tlp as 'RED',
        pap: pap as 'RED',
      })
      const attached = new Set(draw.some([...tenant.things.keys()], 6))
      ;(tenant.cases as Case[]).push({ id, tlp, pap, attached })
      // As they are: attaching by a person changes nothing of an entity that says the same.
      const entities = [...attached].map((key) => ({ key, type: 'thing', name: nameOf(tenant, key) }))
      if (entities.length > 0) await s.value(who.analyst, 'case.add_entities', { id, entities })
    }
  const side = { who, tenant, keys: [...tenant.things.keys()] }
  for (const id of packages) await setSecret(s, outside, side, id, draw)
  return side
}

async function fillGraph(
  s: TestServer,
  who: People,
  name: string,
  tenant: Tenant,
  draw: Draw,
): Promise<void> {
  const things = Array.from({ length: 40 }, (_, i): Thing => {
    // Half of the keys are those of the other tenant too.
    const key = i % 2 === 0 ? `k:${i}` : `k:${name}-${i}`
    return { key, tlp: draw.one(tlps), licence: draw.one(sourceLicences) }
  })
  for (const thing of things) tenant.things.set(thing.key, thing)
  const links = tenant.links as Link[]
  for (let i = 0; i < 60; i += 1) {
    const link: Link = { from: draw.one(things).key, to: draw.one(things).key, tlp: draw.one(tlps) }
    if (link.from === link.to || links.some(({ from, to }) => from === link.from && to === link.to)) continue
    links.push(link)
  }
  for (const tlp of tlps) {
    for (const licence of sourceLicences)
      await s.value(who.admin, 'graph.import', {
        source: { name: 'feed', version: '1', licence },
        tlp: tlp as 'RED',
        entities: things
          .filter((thing) => thing.tlp === tlp && thing.licence === licence)
          .map(({ key }) => ({ key, type: 'thing', name: nameOf(tenant, key) })),
      })
  }
  for (const tlp of tlps)
    await s.value(who.admin, 'graph.import', {
      source: { name: 'feed', version: '1', licence: 'MIT' },
      tlp: tlp as 'RED',
      entities: [],
      relations: links.filter((link) => link.tlp === tlp).map(({ from, to }) => ({ from, to, type: 'near' })),
    })
}

/** Found nowhere but in what belongs to the tenant; no key holds it, so that nobody asks with another's. */
export function wordOf(name: 'a' | 'b'): string {
  return `canary${name === 'a' ? 'zebra' : 'quagga'}`
}
export function nameOf(tenant: Tenant, key: string): string {
  return `thing of ${tenant.name} ${key}`
}

async function setSecret(
  s: TestServer,
  outside: Outside,
  { who, tenant }: Side,
  id: string,
  draw: Draw,
): Promise<void> {
  const owner = `${tenant.name} ${id} ${draw.number(1_000_000_000)}`
  const value = createHash('sha256').update(owner).digest('hex')
  outside.owners.set(value, owner)
  await s.value(who.admin, 'secret.set', { package: id, name: 'api-key', hosts: [hosts.declared], value })
  ;(tenant.packages.get(id) as Installation).secret = { owner }
}

/** Other grants and ceilings for a package, now and then another secret or none, in the product and in the model alike. */
export async function reconfigure(
  s: TestServer,
  outside: Outside,
  side: Side,
  id: string,
  draw: Draw,
): Promise<void> {
  const { who, tenant } = side
  const installation = tenant.packages.get(id) as Installation
  // Mostly nearly all of them, or most calls would end here and say nothing about what comes after.
  const some = draw.some(declared, draw.chance(0.7) ? 2 : declared.length)
  const revoked = draw.chance(0.8) ? some : declared
  const wanted = new Set(declared.filter((scope) => !revoked.includes(scope)))
  if (revoked.length > 0) await s.value(who.admin, 'plugin.revoke', { id, caps: revoked })
  if (wanted.size > 0) await s.value(who.admin, 'plugin.grant', { id, caps: [...wanted] })
  installation.granted.clear()
  for (const scope of wanted) installation.granted.add(scope)
  installation.ceilings = {
    tlp: draw.chance(0.3) ? 'RED' : draw.one(tlps),
    pap: draw.chance(0.5) ? 'RED' : draw.one(paps),
    licences: draw.chance(0.5) ? ['*'] : draw.some(licences, 3),
  }
  await s.value(who.admin, 'plugin.set_ceilings', { id, ...installation.ceilings } as never)
  if (draw.chance(0.2)) await setSecret(s, outside, side, id, draw)
  else if (draw.chance(0.1) && installation.secret !== undefined) {
    await s.value(who.admin, 'secret.remove', { package: id, name: 'api-key' })
    installation.secret = undefined
  }
}
