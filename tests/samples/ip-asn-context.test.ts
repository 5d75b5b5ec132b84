import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTable, type TableManifest } from '../../apps/server/src/data/table/index.ts'
import { sampleModule, sampleRun } from './load-sample.ts'

const run = await sampleRun('ip-asn-context')
interface Addresses {
  addressesIn(text: string, work?: { steps: number }): string[]
  normalise(text: string): string | null
}
const { addressesIn, normalise } = await sampleModule<Addresses>('ip-asn-context', 'addresses.mjs')

const asnCsv = `start,end,asn,name
8.8.8.0,8.8.8.255,64496,Example Resolver
9.9.9.0,9.9.9.255,64497,"Quad  Example, Inc."
2620:fe::,2620:fe::ffff,64497,"Quad  Example, Inc."
`
const countryCsv = `start,end,country,name
8.0.0.0,9.255.255.255,US,United States
2620::,2620:ff::,ZZ,
`

function manifest(asn: boolean): TableManifest {
  const rest = asn ? (['asn', 'integer', 'organisation'] as const) : (['country', 'string', 'name'] as const)
  return {
    file: 'table.csv',
    columns: [
      { name: 'start', type: 'ip' },
      { name: 'end', type: 'ip' },
      { name: rest[0], type: rest[1] },
      { name: rest[2], type: 'string' },
    ],
    key: { kind: 'range', from: 'start', to: 'end' },
  }
}

async function table(csv: string, of: TableManifest) {
  const opened = await openTable({ csv: Buffer.from(csv) }, of)
  assert.ok(opened.ok, JSON.stringify(opened))
  return opened.table
}

/** The plugin's api over small real tables; `calls` lists what was asked. */
async function fakeApi(notes: string[] = [], entities: unknown[] = []) {
  const tables = new Map([
    ['ip-asn', await table(asnCsv.replace('asn,name', 'asn,organisation'), manifest(true))],
    ['ip-country', await table(countryCsv, manifest(false))],
  ])
  const calls: string[] = []
  const range = async ({ table: name, value }: { table: string; value: string }) => {
    calls.push(`${name} ${value}`)
    const { row, rowNumber } = tables.get(name)?.range(value) ?? assert.fail(name)
    return {
      row,
      citation: { source: 'data', table: name, version: '1.0.0', licence: 'CC-BY-4.0', row: rowNumber },
    }
  }
  const search = async ({ q }: { q: string }) => {
    calls.push(`search ${q}`)
    if (q !== 'AS64497') return []
    return [
      { id: 'ent_2', key: 'organisation:as64497', type: 'organisation', name: 'AS64497' },
      { id: 'ent_1', key: 'as:64497', type: 'autonomous-system', name: 'AS64497 Quad' },
    ]
  }
  const read = async ({ id }: { id: string }) => {
    calls.push(`read ${id}`)
    return {
      id,
      title: 't',
      tlp: 'GREEN',
      notes: notes.map((text, at) => ({ id: `note_${at}`, text })),
      entities,
    }
  }
  return { calls, log: () => undefined, data: { range }, graph: { search }, cases: { read } }
}

test('an address is given its system, operator and country, each cited by table and row', async () => {
  const api = await fakeApi()
  const result = await run({ addresses: ['9.9.9[.]9'] }, api)
  const asnRow = { source: 'data', table: 'ip-asn', version: '1.0.0', licence: 'CC-BY-4.0', row: 2 }
  const countryRow = { ...asnRow, table: 'ip-country', row: 1 }
  assert.deepEqual(result['enrichments'], [
    {
      address: '9.9.9.9',
      asn: 64_497,
      organisation: 'Quad  Example, Inc.',
      country: 'US',
      inGraph: 'ent_1',
      citations: [asnRow, countryRow],
    },
  ])
  assert.deepEqual(result['relations'], [
    { from: 'ip:9.9.9.9', to: 'as:64497', type: 'announced-by', citations: [asnRow] },
    { from: 'as:64497', to: 'organisation:quad example, inc.', type: 'operated-by', citations: [asnRow] },
    { from: 'ip:9.9.9.9', to: 'country:US', type: 'located-in', citations: [countryRow] },
  ])
  const keys = (result['entities'] as { key: string }[]).map(({ key }) => key)
  assert.deepEqual(keys, ['ip:9.9.9.9', 'as:64497', 'organisation:quad example, inc.', 'country:US'])
})

test('a system that several addresses share is searched and proposed once', async () => {
  const api = await fakeApi()
  const result = await run({ addresses: ['9.9.9.9', '9.9.9.10', '2620:FE::9', '9.9.9.9'] }, api)
  assert.equal(api.calls.filter((call) => call === 'search AS64497').length, 1)
  assert.equal((result['enrichments'] as unknown[]).length, 3)
  const systems = (result['entities'] as { type: string; citations: unknown[] }[]).filter(
    ({ type }) => type === 'autonomous-system',
  )
  assert.deepEqual(
    systems.map(({ citations }) => citations.length),
    [2],
  )
})

test('a country without a name is named by its code, and an unknown address proposes nothing', async () => {
  const api = await fakeApi()
  const result = await run({ addresses: ['2620:fe::9', '1.2.3.4'] }, api)
  const country = (result['entities'] as { key: string; name: string }[]).find(
    ({ key }) => key === 'country:ZZ',
  )
  assert.equal(country?.name, 'ZZ')
  const unknown = (result['enrichments'] as { asn: unknown; citations: { row: unknown }[] }[])[1]
  assert.deepEqual([unknown?.asn, unknown?.citations.map(({ row }) => row)], [null, [null, null]])
})

test('local addresses and what is no address are looked up nowhere', async () => {
  const api = await fakeApi()
  const local = [
    '10.0.0.1',
    '192.168.1.1',
    '172.31.0.1',
    '127.0.0.1',
    '203.0.113.5',
    '::1',
    'fe80::1',
    'fd00::1',
    '2001:db8::1',
    'ff02::1',
  ]
  const result = await run({ addresses: [...local, 'nonsense', '300.1.1.1', '9'.repeat(500)] }, api)
  assert.deepEqual(api.calls, [])
  assert.equal((result['skipped'] as unknown[]).length, local.length + 3)
})

test('a case gives its attached addresses, or those of its notes', async () => {
  const notes = [
    'Seen [8.8.8.8], 9[.]9[.]9[.]9:53. and (2620:fe::fe) [2620:fe::2]:443; 07:41:09 version std::dec',
    'again 8.8.8.8',
  ]
  const fromNotes = await run({ case: 'case_1' }, await fakeApi(notes))
  const addresses = (result: Record<string, unknown>) =>
    (result['enrichments'] as { address: string }[]).map(({ address }) => address)
  assert.deepEqual(addresses(fromNotes), ['8.8.8.8', '9.9.9.9', '2620:fe::fe', '2620:fe::2'])
  const attached = [
    { entity: { type: 'ip-address', name: '9.9.9.9' } },
    { entity: { type: 'domain', name: 'a.test' } },
  ]
  assert.deepEqual(addresses(await run({ case: 'case_1' }, await fakeApi(notes, attached))), ['9.9.9.9'])
})

test('more than a hundred addresses are cut, and the result says so', async () => {
  const api = await fakeApi()
  const result = await run({ addresses: Array.from({ length: 150 }, (_, n) => `8.8.8.${n}`) }, api)
  assert.equal((result['enrichments'] as unknown[]).length, 100)
  assert.equal(result['complete'], false)
})

test('a refused call ends the run with its own code', async () => {
  const refused = Object.assign(new Error('not granted'), { code: 'CapabilityDenied' })
  const api = { ...(await fakeApi()), data: { range: () => Promise.reject(refused) } }
  await assert.rejects(run({ addresses: ['9.9.9.9'] }, api), { code: 'CapabilityDenied' })
})

test('addresses have one spelling', () => {
  const spellings: [string, string | null][] = [
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001[:]db8[::]1', '2001:db8::1'],
    ['1.2.3(.)4', '1.2.3.4'],
    ['1.2.3.4.5', null],
    ['01.2.3.4', null],
    ['dead::beef::1', null],
    ['::', null],
  ]
  for (const [text, wanted] of spellings) assert.equal(normalise(text), wanted, text)
})

test('a megabyte of hostile text takes steps in proportion to its length', () => {
  for (const unit of [
    '1.',
    ':',
    '[.]',
    '1.1.1.1 ',
    '[',
    '(',
    ')',
    ':1:',
    '[::1]:1',
    'a',
    ' ',
    '(.)',
    '1.1.1.1:',
    '].',
  ]) {
    const work = { steps: 0 }
    addressesIn(unit.repeat(Math.ceil(1_000_000 / unit.length)), work)
    assert.ok(work.steps <= 10 * 1_000_010, `${unit}: ${work.steps}`)
  }
})
