import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listCommand, readFilters } from './receipt-filters.ts'

const read = (text: string) => readFilters(new URLSearchParams(text))
const id = '0'.repeat(32)

test('filters in the address are what the operation takes, times read as UTC', () => {
  const address = `operation=plugin.run&case=case_${id}&actor=usr_${id}&decision=denied&from=2026-01-01T00:00&trace=${id}`
  const { query, problems } = read(address)
  assert.deepEqual(problems, [])
  assert.deepEqual(query, {
    operation: 'plugin.run',
    case: `case_${id}`,
    actor: `usr_${id}`,
    decision: 'denied',
    from: 1_767_225_600_000,
    trace: id,
  })
  assert.equal(
    listCommand({ operation: 'plugin.run', from: 5 }),
    'npx switchboard receipt list --operation plugin.run --from 5',
  )
})

test('what is no filter is said and left out, and other parameters are not looked at', () => {
  const { query, problems } = read(
    `case=nonsense&decision=maybe&from=yesterday&operation=${'x'.repeat(65)}&tab=raw`,
  )
  assert.deepEqual(query, {})
  assert.equal(problems.length, 4)
})
