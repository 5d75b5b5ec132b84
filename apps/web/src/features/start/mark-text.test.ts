import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markText } from './mark-text.ts'
import { addressIn, readContext, readIndicators } from './read-results.ts'

const at = (text: string, part: string, note = 'n') => {
  const start = text.indexOf(part)
  return { source: 'case-note', note, start, end: start + part.length, text: part }
}

test('marks are the text exactly where it was read, defanged and beyond the first plane too', () => {
  const text = '💥 Beacon to 9[.]9[.]9[.]9:443, see hxxps://portal[.]example/login 💥'
  const indicators = readIndicators({
    indicators: [
      { kind: 'endpoint', value: '9.9.9.9:443', flags: [], citations: [at(text, '9[.]9[.]9[.]9:443')] },
      { kind: 'ipv4', value: '9.9.9.9', flags: [], citations: [at(text, '9[.]9[.]9[.]9')] },
      { kind: 'url', value: 'u', flags: [], citations: [at(text, 'hxxps://portal[.]example/login')] },
      { kind: 'domain', value: 'd', flags: [], citations: [at(text, 'portal[.]example')] },
    ],
  })
  const stretches = markText(text, indicators, 'n')
  assert.equal(stretches.map((stretch) => stretch.text).join(''), text)
  assert.deepEqual(
    stretches
      .filter(({ kind }) => kind === 'mark')
      .map((mark) => [mark.text, 'indicators' in mark && mark.indicators]),
    [
      ['9[.]9[.]9[.]9:443', [0, 1]],
      ['hxxps://portal[.]example/login', [2, 3]],
    ],
  )
})

test('places that a text does not have, or of another note, mark nothing', () => {
  const text = 'short'
  const indicators = readIndicators({
    indicators: [
      {
        kind: 'ipv4',
        value: 'x',
        citations: [
          { note: 'n', start: 2, end: 99 },
          { note: 'n', start: -1, end: 2 },
          { note: 'n', start: 3, end: 3 },
          { note: 'n', start: 0.5, end: 2 },
          { note: 'other', start: 0, end: 2 },
        ],
      },
      { kind: 7, value: 'no kind' },
      'no object',
    ],
  })
  assert.equal(indicators.length, 1)
  assert.deepEqual(markText(text, indicators, 'n'), [{ kind: 'plain', text }])
  for (const odd of [undefined, null, 7, { indicators: 'x' }, []]) assert.deepEqual(readIndicators(odd), [])
})

test('an address is found in an address, an endpoint and a URL, and in nothing else', () => {
  const address = (kind: string, value: string) =>
    addressIn({ kind, value, flags: [], citations: [], places: [] })
  assert.equal(address('ipv4', '9.9.9.9'), '9.9.9.9')
  assert.equal(address('endpoint', '9.9.9.9:443'), '9.9.9.9')
  assert.equal(address('endpoint', '[2606:4700::1]:443'), '2606:4700::1')
  assert.equal(address('url', 'http://1.0.0.1/gate.php'), '1.0.0.1')
  assert.equal(address('url', 'http://u@[2606:4700::1]:80/gate.php'), '2606:4700::1')
  assert.equal(address('url', 'https://portal.example/login'), undefined)
  assert.equal(address('domain', '9.9.9.9.example'), undefined)
})

test('context that a plugin answered in odd shapes is left out, piece by piece', () => {
  const { found, skipped } = readContext({
    enrichments: [
      {
        address: '9.9.9.9',
        asn: 19281,
        organisation: 'Quad9',
        country: null,
        citations: [{ table: 'ip-asn', version: '1.0.0', licence: 'CC-BY-4.0', row: 4 }, 'odd'],
      },
      { asn: 1 },
    ],
    skipped: [{ address: '10.0.0.1', reason: 'private' }],
  })
  assert.deepEqual(found.get('9.9.9.9'), {
    address: '9.9.9.9',
    asn: 19281,
    organisation: 'Quad9',
    country: undefined,
    inGraph: undefined,
    citations: [{ table: 'ip-asn', version: '1.0.0', licence: 'CC-BY-4.0', row: 4 }],
  })
  assert.deepEqual([found.size, skipped.get('10.0.0.1')], [1, 'private'])
})
