import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from './bytes.ts'
import { Findings } from './findings.ts'
import { Line } from './line.ts'
import { nodeCrypto } from './node-crypto.ts'
import { partNames } from './part-shapes.ts'
import { ReceiptReader } from './receipt-reader.ts'
import { readVector } from './testing/vectors.ts'

interface CommitmentVector {
  readonly part: number
  readonly salt: string
  readonly jcs: string
  readonly commitment: string
}

const [anEntry] = readVector<readonly { readonly entry: string }[]>('entries')

/** The rules that one opened part breaks, in a receipt whose entry holds `commitment` for it. */
function rulesBroken(part: number, commitment: string, salt: string, jcs: string): readonly string[] {
  const entry = Buffer.from(anEntry?.entry ?? '', 'base64')
  entry.set(Buffer.from(commitment, 'hex'), 112 + (part - 1) * 32)
  const shown = `{"${partNames[part - 1]}":{"salt":"${salt}","value":${jcs}}}`
  const text = `{"receipt":{"check":"00000000","entry":"${entry.toString('base64')}","index":0,"parts":${shown}}}`
  const findings = new Findings()
  const line = Line.read(1, utf8(text), findings)
  assert.ok(line)
  new ReceiptReader(nodeCrypto, findings).read(line, line.value.receipt, 'receipt')
  return findings.list().map((finding) => finding.rule)
}

test('the published commitments are those of their salts and values, ASCII or not', () => {
  const vectors = readVector<readonly CommitmentVector[]>('commitments')
  assert.ok(vectors.length >= 9)
  for (const { part, salt, jcs, commitment } of vectors) {
    const value = Buffer.from(jcs, 'base64').toString('utf8')
    assert.ok(!rulesBroken(part, commitment, salt, value).includes('part_commitment'))
    const otherPart = (part % 6) + 1
    assert.ok(
      rulesBroken(otherPart, commitment, salt, value).includes('part_commitment'),
      'the part number is committed',
    )
  }
})

test('a value that is longer than the scratch memory is committed like any other', () => {
  const salt = Buffer.alloc(32, 7)
  const value = `{"text":"${'x'.repeat(100_000)}"}`
  const message = Buffer.concat([Buffer.from('switchboard/part/v1\0\x05'), salt, Buffer.from(value)])
  const commitment = Buffer.from(nodeCrypto.sha256(message)).toString('hex')
  assert.ok(!rulesBroken(5, commitment, salt.toString('base64'), value).includes('part_commitment'))
})

test('a salt of another length is refused', () => {
  assert.ok(rulesBroken(4, '00'.repeat(32), Buffer.alloc(31).toString('base64'), '{}').includes('part_salt'))
})
