import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { demoMail } from '../../apps/server/src/demo/index.ts'
import { sampleModule, sampleRun } from './load-sample.ts'

interface Found {
  kind: string
  value: string
  start: number
  end: number
  flags: string[]
}
interface Scanned {
  found: Found[]
  steps: number
}
interface Indicator {
  kind: string
  value: string
  flags: string[]
  citations: Record<string, unknown>[]
}

const { scan } = await sampleModule<{ scan(text: string): Scanned }>('ioc-triage', 'scan.mjs')
const run = await sampleRun('ioc-triage')
const silent = { log: () => undefined }

function values(text: string): string[] {
  return scan(text).found.map(({ kind, value }) => `${kind} ${value}`)
}

test('every kind is found in the forms that reports use', () => {
  const cases: [string, string[]][] = [
    ['from 9.9.9.9.', ['ipv4 9.9.9.9']],
    [
      '1.2.3[.]4, 1[.]2[.]3[.]5 1.2.3(.)6 1.2.3{.}7 1.2.3[dot]8 1\\.2\\.3\\.9',
      [4, 5, 6, 7, 8, 9].map((n) => `ipv4 1.2.3.${n}`),
    ],
    ['9.9.9.9:53', ['endpoint 9.9.9.9:53', 'ipv4 9.9.9.9']],
    ['at 9.9.9.9:53.', ['endpoint 9.9.9.9:53', 'ipv4 9.9.9.9']],
    ['9.9.9.9:0 9.9.9.9:70000', ['ipv4 9.9.9.9', 'ipv4 9.9.9.9']],
    ['9.9.9.0/24.', ['network 9.9.9.0/24', 'ipv4 9.9.9.0']],
    ['9.9.9.1-9.9.9.8', ['ipv4 9.9.9.1', 'ipv4 9.9.9.8']],
    [
      '2620:FE::00fe, [2001:db8::1]:443',
      ['ipv6 2620:fe::fe', 'endpoint [2001:db8::1]:443', 'ipv6 2001:db8::1'],
    ],
    ['2001[:]db8[:][:]1 ::ffff:1.2.3.4', ['ipv6 2001:db8::1', 'ipv6 ::ffff:102:304']],
    ['2001:db8::/32', ['network 2001:db8::/32', 'ipv6 2001:db8::']],
    ['Evil.Example.', ['domain evil.example']],
    ['evil[.]rare-ending [.] zzz', ['domain evil.rare-ending.zzz']],
    ['请访问evil.test下载', ['domain evil.test']],
    ['аpple.test', ['domain аpple.test']],
    ['hxxps://Evil[.]test/A?b=1#c.', ['url https://evil.test/A?b=1#c', 'domain evil.test']],
    [
      'hXXp[:]//evil[.]test, h**p://1.2.3[.]4:8080/x',
      [
        'url http://evil.test',
        'domain evil.test',
        'url http://1.2.3.4:8080/x',
        'endpoint 1.2.3.4:8080',
        'ipv4 1.2.3.4',
      ],
    ],
    ['(see http://a.test/x_(y)).', ['url http://a.test/x_(y)', 'domain a.test']],
    [
      'http://a.test/1,http://b.test/2',
      ['url http://a.test/1', 'domain a.test', 'url http://b.test/2', 'domain b.test'],
    ],
    ['http://u:p@a.test/', ['url http://u:p@a.test/', 'domain a.test']],
    [
      'http://[2001:db8::1]:80/x',
      ['url http://[2001:db8::1]:80/x', 'endpoint [2001:db8::1]:80', 'ipv6 2001:db8::1'],
    ],
    ['evil[.]test/gate.php', ['url evil.test/gate.php', 'domain evil.test']],
    ['http://a.test/load.exe', ['url http://a.test/load.exe', 'domain a.test', 'file-name load.exe']],
    ['Bad.Guy+x@Evil.TEST', ['email Bad.Guy+x@evil.test', 'domain evil.test']],
    ['bad [at] evil [dot] test', ['email bad@evil.test', 'domain evil.test']],
    ['D41D8CD98F00B204E9800998ECF8427E', ['md5 d41d8cd98f00b204e9800998ecf8427e']],
    [
      `${'0a1b'.repeat(10)} ${'0a1b'.repeat(16)}`,
      [`sha1 ${'0a1b'.repeat(10)}`, `sha256 ${'0a1b'.repeat(16)}`],
    ],
    ['cve-2021-44228 and CVE\u20112024\u20111234', ['cve CVE-2021-44228', 'cve CVE-2024-1234']],
    ['AS64496, ASN 64497, AS 64498, as64499', [6, 7, 8, 9].map((n) => `asn AS6449${n}`)],
    ['1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2', ['bitcoin-address 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2']],
    ['3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy', ['bitcoin-address 3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy']],
    [
      'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4',
      ['bitcoin-address bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'],
    ],
    [
      'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
      ['bitcoin-address bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0'],
    ],
    ['open "My invoice 7.pdf.exe" now', ['file-name My invoice 7.pdf.exe']],
    ['run.ps1, setup.py and x.zip', ['file-name run.ps1', 'file-name setup.py', 'file-name x.zip']],
    ['ev\u200bil.test', ['domain evil.test']],
  ]
  for (const [text, wanted] of cases) assert.deepEqual(values(text), wanted, text)
})

test('what only looks like an indicator is left out', () => {
  const nothing = [
    'version 1.2.3.4, v1.2.3.4, Build: 1.2.3.4, Firmware 1.2.3.4',
    'Chrome/120.0.0.0 (x)/1.2.3.4',
    '1.2.3, 1.2.3.4.5, 256.1.1.1, 01.2.3.4, 1.2.3.4-beta',
    'at 07:41:09 or 12:30, std::dec, abc::def, ::, aa:bb:cc:dd:ee:ff',
    'finished.It was. e.g. this, i.e. that, Node.js, README.md, main.rs, foo.bar_baz',
    'a@b, @home, a@@b.test, x@.test, 1@2',
    `${'0'.repeat(64)} ${'ab'.repeat(17)} 0x${'ab'.repeat(16)}`,
    'CVE-21-1, CVE-2021-12, as 2024, AS0, AS4294967296, ASAP1',
    '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3 bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
    'bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7k7grplx',
    'co.uk com.au http:// http://nodots/ ftp:/x xhttp://a',
    'report.pdf picture.jpg',
  ]
  for (const text of nothing) assert.deepEqual(values(text), [], text)
})

test('a message id is no mail address, but its host counts', () => {
  assert.deepEqual(values('Message-ID: <20260302.7Q2k@relay.invalid>'), ['domain relay.invalid'])
})

test('flags say what kind of address, name or file it is', () => {
  const flags = (text: string) => scan(text).found[0]?.flags
  assert.deepEqual(flags('10.1.2.3'), ['private'])
  assert.deepEqual(flags('192.0.2[.]1'), ['documentation', 'defanged'])
  assert.deepEqual(flags('fe80::1'), ['link-local'])
  assert.deepEqual(flags('AS64512'), ['private'])
  assert.deepEqual(flags('аpple.test'), ['international', 'mixed-script', 'special-use'])
  assert.deepEqual(flags('evil[.]zzz'), ['unlisted-ending', 'defanged'])
  assert.deepEqual(flags('invoice.pdf.exe'), ['executable', 'double-extension'])
  assert.deepEqual(flags('invoice\u202efdp.exe'), ['executable', 'direction-override', 'hidden-characters'])
  assert.deepEqual(flags('d41d8cd98f00b204e9800998ecf8427e'), ['of-empty-input'])
  assert.deepEqual(flags('https://bank.test@evil.test/'), ['credentials'])
})

test('the run over the notes cites note and exact offsets, once for each place', async () => {
  const notes = [
    { id: 'note_1', text: 'Ünïcode 😀 first: 9.9.9[.]9' },
    { id: 'note_2', text: 'again 9.9.9.9 and hxxp://9.9.9.9/x' },
  ]
  const asked: unknown[] = []
  const cases = {
    read: async (query: unknown) => (asked.push(query), { id: 'case_1', title: 't', tlp: 'GREEN', notes }),
  }
  const result = await run({ case: 'case_1' }, { ...silent, cases })
  assert.deepEqual(asked, [{ id: 'case_1' }])
  const indicators = result['indicators'] as Indicator[]
  const address = indicators.find(({ kind }) => kind === 'ipv4')
  assert.deepEqual(
    address?.citations.map(({ source, note, text }) => [source, note, text]),
    [
      ['case-note', 'note_1', '9.9.9[.]9'],
      ['case-note', 'note_2', '9.9.9.9'],
      ['case-note', 'note_2', '9.9.9.9'],
    ],
  )
  for (const { citations } of indicators) {
    for (const { note, start, end, text } of citations) {
      assert.equal(notes.find(({ id }) => id === note)?.text.slice(Number(start), Number(end)), text)
    }
  }
  assert.deepEqual(result['relations'], [
    { from: 'url:http://9.9.9.9/x', to: 'ip:9.9.9.9', type: 'has-host' },
  ])
})

test('pasted text needs no case, and local addresses are listed but not proposed', async () => {
  const result = await run({ text: '10.0.0.1 spoke to 8.8.8[.]8' }, silent)
  assert.deepEqual(result['counts'], { ipv4: 2 })
  assert.deepEqual(
    (result['entities'] as { key: string }[]).map(({ key }) => key),
    ['ip:8.8.8.8'],
  )
})

test('the demo mail gives these indicators, and removing one line changes them', async () => {
  const whole = await run({ text: demoMail.text }, silent)
  const counts = whole['counts'] as Record<string, number>
  assert.equal(whole['complete'], true)
  for (const kind of [
    'ipv4',
    'ipv6',
    'endpoint',
    'domain',
    'url',
    'email',
    'md5',
    'sha256',
    'cve',
    'asn',
    'bitcoin-address',
    'file-name',
  ]) {
    assert.ok((counts[kind] ?? 0) > 0, kind)
  }
  const listed = (whole['indicators'] as Indicator[]).map(({ value }) => value)
  for (const version of ['4.2.0.1', '6.1.7.3', '3.1.4.159']) assert.ok(!listed.includes(version), version)
  const cut = await run({ text: demoMail.text.replace(/.*9\.9\.9\[\.\]9.*\n/, '') }, silent)
  assert.notDeepEqual(cut['counts'], counts)
})

test('too many indicators are cut and the result says that it is not complete', async () => {
  const text = Array.from({ length: 3000 }, (_, n) => `1.2.${n >> 8}.${n & 255}`).join(' ')
  const result = await run({ text }, silent)
  assert.equal((result['indicators'] as unknown[]).length, 2000)
  assert.equal(result['complete'], false)
})

test('offsets always cover the text that was read, whatever surrounds it', () => {
  const piece = fc.constantFrom(
    '1.2.3[.]4',
    'hxxp://evil[.]test/a',
    'a[at]b[.]test',
    '[.]',
    '://',
    ':',
    '😀',
    ' ',
    '\n',
    '(',
    '"',
    'é',
    '\u200b',
    'CVE-2024-12345',
    '2001:db8::1',
    '.',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('')
      for (const { start, end, value } of scan(text).found) {
        assert.ok(start >= 0 && start < end && end <= text.length)
        assert.ok(value.length > 0)
      }
    }),
    { numRuns: 500 },
  )
})

test('a megabyte of hostile text takes steps in proportion to its length', () => {
  const units = [
    'a',
    '1',
    '.',
    ':',
    '@',
    '[',
    '(',
    '/',
    '://',
    'http://',
    'hxxp://',
    'http://a.test/',
    '[.]',
    '[.',
    '1.',
    '1.1.1.1-',
    'a.',
    'a@',
    'a.a@a.',
    '::',
    '1:',
    ':1:',
    'f::',
    '[::1]:1',
    '1.1.1.1 ',
    '1.1.1.1:1/',
    'a.exe"',
    '"a.exe" ',
    'a.test/',
    '%',
    '\\.',
    '\u200b',
    '例.',
    '例a.test',
    'AS 1 ',
    '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 ',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 ',
    'cve-2024-1',
    '( . ',
    '{dot} ',
    'http://(',
    'http://a,http:',
    'x'.repeat(5000) + '://',
    `http://${'a'.repeat(4000)} `,
    ' '.repeat(100),
  ]
  for (const unit of units) {
    const fill = (length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
    const tenth = scan(fill(100_000)).steps
    const whole = scan(fill(1_000_000)).steps
    const name = JSON.stringify(unit.slice(0, 40))
    assert.ok(whole <= 30 * 1_000_000, `${name}: ${whole} steps`)
    assert.ok(whole <= 10.2 * tenth + 20_000, `${name}: ${tenth} steps for a tenth, ${whole} for all`)
  }
})
