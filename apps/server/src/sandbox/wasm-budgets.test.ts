import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assemble, guest } from '../../../../tests/support/wat.ts'
import type { RunBudgets } from './boundary.ts'
import { openTestSandbox, returned } from './testing/open-test-sandbox.ts'

let opened: Awaited<ReturnType<typeof openTestSandbox>>
before(async () => {
  opened = await openTestSandbox()
})
after(() => opened.sandbox.close())

const method = '(data (i32.const 16) "graph.search")'
const ask = '(drop (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length)))'
const breaches: readonly {
  readonly what: string
  readonly wat: string
  readonly budgets: Partial<RunBudgets>
  readonly budget: string
}[] = [
  {
    what: 'an endless loop',
    wat: guest('(loop $l (br $l)) unreachable'),
    budgets: { wallMs: 250 },
    budget: 'time',
  },
  {
    what: 'a start function that never returns',
    wat: guest('(i64.const 0)', { top: '(func $start (loop $l (br $l))) (start $start)' }),
    budgets: { wallMs: 250 },
    budget: 'time',
  },
  {
    what: 'an initialiser that never returns',
    wat: guest('(i64.const 0)', { top: '(func (export "_initialize") (loop $l (br $l)))' }),
    budgets: { wallMs: 250 },
    budget: 'time',
  },
  {
    what: 'copying memory for ever',
    wat: guest('(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 131072)) (br $l)) unreachable'),
    budgets: { wallMs: 250 },
    budget: 'time',
  },
  {
    what: 'logging for ever',
    wat: guest('(loop $l (call $log (i32.const 0) (i32.const 16) (i32.const 12)) (br $l)) unreachable', {
      data: method,
    }),
    budgets: { wallMs: 250 },
    budget: 'time',
  },
  { what: 'computing', wat: guest('(loop $l (br $l)) unreachable'), budgets: { cpuMs: 100 }, budget: 'cpu' },
  {
    what: 'growing until it is refused',
    wat: guest('(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable'),
    budgets: { memoryMB: 16 },
    budget: 'memory',
  },
  {
    what: 'growing by more than there can be',
    wat: guest('(drop (memory.grow (i32.const -1))) unreachable'),
    budgets: { memoryMB: 16 },
    budget: 'memory',
  },
  {
    what: 'memory above the budget at the start',
    wat: guest('(i64.const 0)', { memory: '1000' }),
    budgets: { memoryMB: 16 },
    budget: 'memory',
  },
  {
    what: 'a runtime that gives up after being refused',
    wat: guest('(drop (memory.grow (i32.const 1000))) (call $exit (i32.const 2)) unreachable').replace(
      '(memory',
      '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory',
    ),
    budgets: { memoryMB: 16 },
    budget: 'memory',
  },
  {
    what: 'a call too many',
    wat: guest(`(loop $l ${ask} (br $l)) unreachable`, { data: method }),
    budgets: { calls: 20 },
    budget: 'calls',
  },
  {
    what: 'arguments that add up',
    wat: guest(`(loop $l ${ask} (br $l)) unreachable`, { data: method }),
    budgets: { outputBytes: 100 },
    budget: 'output',
  },
  {
    what: 'a result of 100 MB',
    wat: guest('(call $packed (i32.const 0) (i32.const 104857600))', { memory: '1700' }),
    budgets: { memoryMB: 128 },
    budget: 'output',
  },
  {
    what: 'a result that is 4 GB by its own account',
    wat: guest('(i64.const -1)'),
    budgets: {},
    budget: 'output',
  },
]

for (const { what, wat, budgets, budget } of breaches) {
  test(`${what} ends as ${budget} exceeded, while a neighbour keeps answering`, async () => {
    const module = await assemble(wat)
    let over = false
    const breach = opened.run(module, { trustDomain: 'hostile', budgets }).finally(() => (over = true))
    let answers = 0
    do {
      const report = await opened.run('exports.run = (args, api) => api.graph.search(args)', {
        trustDomain: 'neighbour',
      })
      assert.deepEqual(returned(report), [{ id: 'n1', asked: { q: 'acme' } }])
      answers += 1
    } while (!over)
    const report = await breach
    assert.ok(report.end === 'exceeded', JSON.stringify(report))
    assert.equal(report.budget, budget)
    assert.ok(report.used >= report.allowed, JSON.stringify(report))
    assert.ok(answers > 0)
  })
}

test('a refused growth says how much memory there would have been', async () => {
  const module = await assemble(guest('(drop (memory.grow (i32.const 1600))) unreachable'))
  const report = await opened.run(module, { budgets: { memoryMB: 64 } })
  assert.ok(report.end === 'exceeded', JSON.stringify(report))
  // 1,602 pages of 64 KiB.
  assert.deepEqual([report.used, report.allowed], [101, 64])
})

test('a program that bears a refused growth goes on, and the memory it has is all it is given', async () => {
  // Declares more than the budget: the declaration counts for nothing.
  const module = await assemble(
    guest(
      `(drop (memory.grow (i32.const 4000)))
       (drop (memory.grow (i32.const 1)))
       (i32.store8 (i32.const 16) (i32.add (i32.const 48) (memory.size)))
       (call $packed (i32.const 16) (i32.const 1))`,
      { memory: '2 60000' },
    ),
  )
  assert.equal(returned(await opened.run(module, { budgets: { memoryMB: 8 } })), 3)
})

test('the maximum that a module sets itself holds below its budget', async () => {
  const module = await assemble(
    guest(
      `(i32.store8 (i32.const 16) (i32.add (i32.const 50) (memory.grow (i32.const 2))))
       (call $packed (i32.const 16) (i32.const 1))`,
      { memory: '2 3' },
    ),
  )
  assert.equal(returned(await opened.run(module)), 1)
})

test('a table grows no further than its limit', async () => {
  const module = await assemble(
    guest(
      `(if (i32.eq (table.grow $t (ref.null func) (i32.const 1000000)) (i32.const -1))
         (then (return (call $packed (local.get $at) (local.get $length)))))
       unreachable`,
      { top: '(table $t 1 funcref)' },
    ),
  )
  assert.deepEqual(returned(await opened.run(module)), { q: 'acme' })
})

const traps: readonly (readonly [what: string, body: string, says: RegExp])[] = [
  ['unreachable', 'unreachable', /^The module trapped: unreachable\.$/],
  ['a division by zero', '(drop (i32.div_u (i32.const 1) (i32.const 0))) unreachable', /divide by zero/],
  [
    'a load outside the memory',
    '(drop (i32.load (i32.const -4))) unreachable',
    /memory access out of bounds/,
  ],
  ['a table that is empty', '(call_indirect $t (i32.const 0)) unreachable', /null function|signature/],
  ['recursion without end', '(call $run (local.get $at) (local.get $length))', /Maximum call stack/],
]
for (const [what, body, says] of traps) {
  test(`${what} is an error of the plugin, with words and the functions it was in`, async () => {
    const report = await opened.run(await assemble(guest(body, { top: '(table $t 1 funcref)' })))
    assert.ok(report.end === 'threw', JSON.stringify(report))
    assert.match(report.error.message, says)
    assert.match(report.error.stack, /at run \(wasm-function/)
    assert.doesNotMatch(report.error.stack, /file:|node:/)
  })
}

test('one function of a megabyte costs its own run time and no neighbour anything', async () => {
  const huge = '(local.set $result (i32.add (local.get $result) (i32.const 1)))'.repeat(140_000)
  const module = await assemble(guest(`${huge} (call $packed (local.get $at) (local.get $length))`))
  assert.ok(module.length > 900_000)
  const hostile = opened.run(module, { trustDomain: 'hostile' })
  const neighbour = await opened.run('exports.run = () => 1', { trustDomain: 'neighbour' })
  assert.equal(returned(neighbour), 1)
  assert.deepEqual(returned(await hostile), { q: 'acme' })
})
