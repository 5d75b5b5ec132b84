import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvOf } from './csv.ts'

const asCsv = (...texts: string[]): string => csvOf([{ head: 'name', text: (text: string) => text }], texts)

test('what a spreadsheet would take for a formula is quoted into text', () => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1'])
    assert.equal(asCsv(text), `name\r\n"'${text}"\r\n`, JSON.stringify(text))
})

test('quotes, commas and line breaks stay within their cell, and plain texts are left as they are', () => {
  assert.equal(asCsv('a"b', 'a,b', 'a\nb', 'plain', ''), 'name\r\n"a""b"\r\n"a,b"\r\n"a\nb"\r\nplain\r\n\r\n')
})

test('numbers of ours stay numbers, negative ones too', () => {
  assert.equal(csvOf([{ head: 'n', text: (n: number) => n }], [-1, 12]), 'n\r\n-1\r\n12\r\n')
})
