import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { csvLine, formatIp, openTable, type Table, type TableManifest, type TableProblem } from './index.ts'

const ranges: TableManifest = {
  file: 'table.csv',
  columns: [
    { name: 'start', type: 'ip' },
    { name: 'end', type: 'ip' },
    { name: 'asn', type: 'integer' },
    { name: 'name', type: 'string' },
  ],
  key: { kind: 'range', from: 'start', to: 'end' },
}
const keyed: TableManifest = {
  file: 'table.csv',
  columns: [
    { name: 'code', type: 'string' },
    { name: 'value', type: 'integer' },
  ],
  key: { kind: 'exact', column: 'code' },
}
const numbered: TableManifest = { ...keyed, key: { kind: 'exact', column: 'value' } }

const sample = [
  'start,end,asn,name',
  '192.0.2.0,192.0.2.127,64496,"Example, Inc."',
  '192.0.2.128,192.0.2.255,64497,"Say ""when"""',
  '198.51.100.7,198.51.100.7,64498,Ünïcode – 例',
  '2001:db8::,2001:db8::ffff,4200000000,Example IPv6',
  '',
].join('\n')

async function table(csv: string, manifest: TableManifest): Promise<Table> {
  const opened = await openTable({ csv: Buffer.from(csv) }, manifest)
  assert.ok(opened.ok, JSON.stringify(opened))
  return opened.table
}

async function problem(csv: string | Uint8Array, manifest: TableManifest): Promise<TableProblem> {
  const opened = await openTable({ csv: Buffer.from(csv) }, manifest)
  assert.equal(opened.ok, false)
  return opened.problem
}

test('both ends of a range belong to it, its neighbours and the gaps do not', async () => {
  const opened = await table(sample, ranges)
  const rowOf = (address: string) => opened.range(address).rowNumber
  assert.deepEqual(
    ['192.0.1.255', '192.0.2.0', '192.0.2.127', '192.0.2.128', '192.0.2.255', '192.0.3.0'].map(rowOf),
    [null, 1, 1, 2, 2, null],
  )
  assert.deepEqual(['198.51.100.6', '198.51.100.7', '198.51.100.8'].map(rowOf), [null, 3, null])
  assert.deepEqual(['2001:db8::ffff', '2001:db8::1:0', '::', 'ffff::'].map(rowOf), [4, null, null, null])
})

test('a row comes back with the values and types of its line', async () => {
  const opened = await table(sample, ranges)
  const found = { start: '192.0.2.128', end: '192.0.2.255', asn: 64_497, name: 'Say "when"' }
  assert.deepEqual(opened.range('192.0.2.200'), { kind: 'found', row: found, rowNumber: 2 })
  assert.equal(opened.range('198.51.100.7').row?.['name'], 'Ünïcode – 例')
  assert.equal(opened.range('2001:db8::5').row?.['asn'], 4_200_000_000)
})

test('an IPv4-mapped IPv6 address finds the IPv4 row', async () => {
  const opened = await table(sample, ranges)
  assert.equal(opened.range('::ffff:192.0.2.1').rowNumber, 1)
  assert.equal(opened.range('::FFFF:C000:0201').rowNumber, 1)
  assert.equal(opened.range('::192.0.2.1').rowNumber, null)
})

test('a value that cannot be looked up is refused with a reason and never thrown', async () => {
  const opened = await table(sample, ranges)
  const reasonOf = (value: unknown) => {
    const answer = opened.range(value)
    return answer.kind === 'refused' ? answer.reason : answer.kind
  }
  assert.equal(reasonOf('not an address'), 'malformed')
  assert.equal(reasonOf('1.2.3.4'.padEnd(1_000_000, '0')), 'too_long')
  for (const value of [null, undefined, 7, {}, [], true, 1n, Symbol('x'), { toString: () => '1.2.3.4' }]) {
    assert.equal(reasonOf(value), 'wrong_type')
  }
  const exact = opened.exact('192.0.2.1')
  assert.equal(exact.kind === 'refused' && exact.reason, 'wrong_kind')
  const lone = (await table('code,value\nA,1\n', keyed)).exact('\ud800')
  assert.equal(lone.kind === 'refused' && lone.reason, 'malformed')
})

test('whatever a guest asks, the answer is one of the three kinds', async () => {
  const opened = [await table(sample, ranges), await table('code,value\nA,1\nB,2\n', keyed)]
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.string(), fc.ipV6()), (value) => {
      for (const each of opened) {
        assert.match(each.exact(value).kind, /^(found|absent|refused)$/)
        assert.match(each.range(value).kind, /^(found|absent|refused)$/)
      }
    }),
  )
})

test('exact look-ups by text and by number find their row and only theirs', async () => {
  const byCode = await table('code,value\nAD,1\nDE,300\nZW,70000\nÅ,5000000000\n', keyed)
  assert.deepEqual(byCode.exact('DE'), { kind: 'found', row: { code: 'DE', value: 300 }, rowNumber: 2 })
  assert.equal(byCode.exact('Å').row?.['value'], 5_000_000_000)
  for (const key of ['', 'D', 'DEE', 'de', 'ZZ', '\u{10ffff}']) assert.equal(byCode.exact(key).kind, 'absent')
  const byNumber = await table('code,value\nA,-5\nB,0\nC,443\n', numbered)
  assert.equal(byNumber.exact(443).rowNumber, 3)
  assert.equal(byNumber.exact('443').rowNumber, 3)
  assert.equal(byNumber.exact(-5).rowNumber, 1)
  for (const key of [1, -6, 444]) assert.equal(byNumber.exact(key).kind, 'absent')
  for (const key of ['0443', '443.0', 4.5, Number.NaN, ' 443', '٤٤٣'])
    assert.equal(byNumber.exact(key).kind, 'refused')
})

test('the table agrees with a linear scan on any set of ranges and any address near them', async () => {
  // Steps between successive bounds: small ones make neighbours and gaps, large ones cross from IPv4 into IPv6.
  const step = fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, 2n ** 33n), fc.bigInt(0n, 2n ** 121n))
  const base = fc.constantFrom(0n, 0xffff_0000_0000n, 0xffff_ffff_fff0n, 0x2001n << 112n)
  await fc.assert(
    fc.asyncProperty(
      base,
      fc.array(fc.tuple(step, step), { maxLength: 40 }),
      fc.array(step),
      async (first, steps, more) => {
        const spans: [bigint, bigint][] = []
        let next = first
        for (const [gap, length] of steps) {
          const from = next + gap
          const to = from + length
          if (to >= 2n ** 128n) break
          spans.push([from, to])
          next = to + 1n
        }
        const lines = spans.map(([from, to], at) => csvLine([spell(from), spell(to), at, `n${at % 3}`]))
        const opened = await table(`start,end,asn,name\n${lines.join('')}`, ranges)
        const near = spans.flatMap(([from, to]) => [from - 1n, from, (from + to) / 2n, to, to + 1n])
        for (const value of [...near, ...more].filter((each) => each >= 0n && each < 2n ** 128n)) {
          const scanned = spans.findIndex(([from, to]) => from <= value && value <= to)
          assert.equal(opened.range(spell(value)).rowNumber, scanned < 0 ? null : scanned + 1)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('an exact table agrees with a map on any keys', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((key) => !/[\r\n\0]/.test(key))
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(text, { maxLength: 30 }), fc.array(text), async (keys, others) => {
      const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      const opened = await table(`code,value\n${sorted.map((key, at) => csvLine([key, at])).join('')}`, keyed)
      for (const key of [...sorted, ...others]) {
        const at = sorted.indexOf(key)
        assert.equal(opened.exact(key).rowNumber, at < 0 ? null : at + 1)
      }
    }),
    { numRuns: 60 },
  )
})

test('a table out of order is refused with the line and the reason', async () => {
  const refused: [string, TableManifest, TableProblem['code'], number][] = [
    ['start,end,asn,name\n1.0.0.0,1.0.0.9,1,a\n1.0.0.9,1.0.0.20,2,b\n', ranges, 'ranges_overlap', 3],
    ['start,end,asn,name\n1.0.0.0,1.0.0.9,1,a\n1.0.0.0,1.0.0.9,1,a\n', ranges, 'ranges_overlap', 3],
    ['start,end,asn,name\n1.0.0.9,1.0.0.0,1,a\n', ranges, 'range_reversed', 2],
    ['start,end,asn,name\n2.0.0.0,2.0.0.9,1,a\n1.0.0.0,1.0.0.9,1,a\n', ranges, 'not_sorted', 3],
    ['code,value\nB,1\nA,2\n', keyed, 'not_sorted', 3],
    ['code,value\nA,1\nB,1\nB,2\n', keyed, 'key_duplicated', 4],
  ]
  for (const [csv, manifest, code, line] of refused) {
    const found = await problem(csv, manifest)
    assert.deepEqual([found.code, found.line], [code, line], csv)
  }
  const overlap = await problem(refused[0]?.[0] ?? '', ranges)
  assert.equal(overlap.detail, '1.0.0.9 lies inside the range of line 2, which ends at 1.0.0.9')
})

test('a file that two readers could read differently is refused with the line', async () => {
  const refused: [string | Uint8Array, TableProblem['code'], number][] = [
    ['', 'header_differs', 1],
    ['\ufeffcode,value\n', 'header_differs', 1],
    ['value,code\n', 'header_differs', 1],
    ['code,value\nA,1', 'row_malformed', 2],
    ['code,value\r\nA,1\r\n', 'row_malformed', 1],
    ['code,value\nA,1\n\n', 'row_malformed', 3],
    ['code,value\nA\n', 'row_malformed', 2],
    ['code,value\nA,1,2\n', 'row_malformed', 2],
    ['code,value\n"A,1\nB",2\n', 'row_malformed', 2],
    ['code,value\n"A"x,1\n', 'row_malformed', 2],
    ['code,value\nA"x,1\n', 'row_malformed', 2],
    ['code,value\nA\0,1\n', 'row_malformed', 2],
    [`code,value\n${'A'.repeat(70_000)},1\n`, 'row_malformed', 2],
    ['code,value\nA,01\n', 'cell_invalid', 2],
    ['code,value\nA,9007199254740993\n', 'cell_invalid', 2],
    ['code,value\nA,\n', 'cell_invalid', 2],
    [Buffer.from([...Buffer.from('code,value\n'), 0xc3, 0x28]), 'not_utf8', 1],
  ]
  for (const [csv, code, line] of refused) {
    const found = await problem(csv, keyed)
    assert.deepEqual([found.code, found.line], [code, line], JSON.stringify(csv))
  }
  const spelt = await problem('start,end,asn,name\n2001:DB8::,2001:db8::1,1,a\n', ranges)
  assert.equal(spelt.detail, 'start: "2001:DB8::" must be written 2001:db8::')
})

test('a manifest whose key does not fit its columns is refused', async () => {
  const wrong: Partial<TableManifest>[] = [
    { key: { kind: 'exact', column: 'nothing' } },
    { key: { kind: 'range', from: 'code', to: 'value' } },
    { key: { kind: 'range', from: 'code', to: 'code' } },
    { key: { kind: 'range', from: 'value', to: 'value' } },
    { columns: [{ name: '__proto__', type: 'string' }] },
    {
      columns: [
        { name: 'code', type: 'string' },
        { name: 'code', type: 'ip' },
      ],
    },
  ]
  for (const change of wrong) {
    const found = await problem('code,value\n', { ...keyed, ...change })
    assert.equal(found.code, 'manifest_invalid', JSON.stringify(change))
  }
})

test('an empty table opens and answers that nothing is there', async () => {
  assert.equal((await table('start,end,asn,name\n', ranges)).range('1.1.1.1').kind, 'absent')
})

test('the index gives the same answers, and any damaged or foreign index is built again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-table-'))
  try {
    const csv = join(folder, 'table.csv')
    const indexPath = join(folder, 'table.index')
    await writeFile(csv, sample)
    const open = async (manifest = ranges) => {
      const opened = await openTable({ csv, indexPath }, manifest)
      assert.ok(opened.ok)
      return [
        opened.from,
        opened.table.range('198.51.100.7').row,
        opened.table.range('2001:db8::').rowNumber,
      ] as const
    }
    const first = await open()
    assert.equal(first[0], 'csv')
    assert.deepEqual(await open(), ['index', ...first.slice(1)])

    const intact = await readFile(indexPath)
    for (let at = 0; at < intact.length; at += 7) {
      const damaged = Buffer.from(intact)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      await writeFile(indexPath, damaged)
      assert.deepEqual(await open(), first, `byte ${at}`)
    }
    for (const length of [0, 8, 47, intact.length - 1]) {
      await writeFile(indexPath, intact.subarray(0, length))
      assert.deepEqual(await open(), first, `cut to ${length}`)
    }

    await writeFile(csv, sample.replaceAll('Ünïcode', 'Another'))
    assert.equal((await open())[1]?.['name'], 'Another – 例')
    const renamed = ranges.columns.map((column) =>
      column.name === 'name' ? { ...column, name: 'title' } : column,
    )
    const other = await openTable(
      { csv: Buffer.from(sample.replace('asn,name', 'asn,title')), indexPath },
      { ...ranges, columns: renamed },
    )
    assert.ok(other.ok)
    assert.equal(other.from, 'csv')
  } finally {
    await rm(folder, { recursive: true })
  }
})

function spell(value: bigint): string {
  const word = (shift: bigint) => Number((value >> shift) & 0xffff_ffffn)
  return formatIp([word(96n), word(64n), word(32n), word(0n)])
}
