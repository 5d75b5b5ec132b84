import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatIp } from '../data/table/index.ts'
import { addressRanges } from './address-ranges.ts'
import { autonomousSystems } from './autonomous-systems.ts'
import { type NpmData, npmData } from './npm-data.ts'

/** Stands for an installed npm package whose files are these. */
async function withFiles(
  files: Record<string, string>,
  use: (data: NpmData) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-demo-'))
  try {
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text)
    await use({ ...npmData('@ip-location-db/asn'), path: (file) => join(folder, file) })
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a range that overlaps the one before keeps what is left, and a swallowed one is dropped', async () => {
  const csv = '1.0.0.0,1.0.0.255,1,a\n1.0.0.128,1.0.1.255,2,b\n1.0.1.0,1.0.1.9,3,c\n1.0.2.0,1.0.2.0,4,"d, e"'
  await withFiles({ 'a.csv': csv, 'b.csv': '::fffe:ffff:ffff,2001::,5,f\n' }, async (data) => {
    const repairs = { cut: 0, dropped: 0 }
    const seen: unknown[] = []
    for await (const ranges of addressRanges(data, ['a.csv', 'b.csv'], repairs)) {
      seen.push(...ranges.map(({ start, end, cells }) => [formatIp(start), formatIp(end), cells[1]]))
    }
    assert.deepEqual(seen.slice(0, 3), [
      ['1.0.0.0', '1.0.0.255', 'a'],
      ['1.0.1.0', '1.0.1.255', 'b'],
      ['1.0.2.0', '1.0.2.0', 'd, e'],
    ])
    assert.deepEqual(repairs, { cut: 2, dropped: 1 })
  })
})

test('a system belongs to the country that holds more than half of its addresses, and to none without such a one', async () => {
  const files = {
    'asn-ipv4.csv': '1.0.0.0,1.0.0.255,10,Most\n1.0.1.0,1.0.1.255,20,Half\n1.0.2.0,1.0.2.255,30,Nowhere\n',
    'asn-ipv6.csv':
      '2001:db8::,2001:db8:3:ffff:ffff:ffff:ffff:ffff,10,Most\n2001:db8:10::,2001:db8:11:ffff::,40,Six\n',
    'asn-country-ipv4.csv': '0.0.0.0,1.0.0.191,DE\n1.0.0.192,1.0.1.127,FR\n1.0.1.128,1.0.1.255,IT\n',
    'asn-country-ipv6.csv': '2001:db8::,2001:db8:ffff::,SE\n',
  }
  await withFiles(files, async (data) => {
    assert.deepEqual(
      (await autonomousSystems(data, data)).map(({ asn, ranges, ipv4Addresses, ipv6Networks, country }) => {
        return [
          asn,
          ranges,
          ipv4Addresses,
          ipv6Networks,
          country && `${country.code} ${country.share} ${country.weighed}`,
        ]
      }),
      [
        [10, 2, 256, 4, 'DE 0.75 IPv4 addresses'],
        [20, 1, 256, 0, null],
        [30, 1, 256, 0, null],
        [40, 1, 0, 2, 'SE 1 IPv6 networks'],
      ],
    )
  })
})
