import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import type { CommandResult } from '../support/command.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'

const guide = resolve(import.meta.dirname, '../../docs/guides/keep-prune-and-hold.md')

/** Exit codes as the guide and the reference have them. */
const forbidden = 11
const conflict = 14
const approvalRequired = 16

test(
  'the guide to keeping, pruning and holding, followed command by command on a started server',
  {
    timeout: 300_000,
  },
  async () => {
    await using work = await temporaryFolder()
    await using server = await startServer()
    const as = (data: string, ...args: readonly string[]): Promise<CommandResult> =>
      runCommand([...args], { folder: work.path, data })
    const owner = (...args: readonly string[]): Promise<CommandResult> => as(server.folder, ...args)
    const bea = join(work.path, 'bea')
    const invited = await owner('user', 'invite', 'Bea', '--roles', 'reviewer', '--json')
    const { secret } = invited.json<{ secret: string }>()
    assert.equal((await as(bea, 'sign-in', `${await server.ready}/sign-in#secret=${secret}`)).code, 0)
    const created = await owner('case', 'create', 'A case', '--json')

    const words: Record<string, string> = { CASE: created.json<{ id: string }>().id }
    const seen: string[] = []
    for (const line of shellLines(await readFile(guide, 'utf8'))) {
      const args = wordsOf(line).map((word) => words[word] ?? word)
      const name = args.slice(0, 2).join(' ')
      seen.push(name)
      if (name === 'review approve') {
        assert.notEqual((await owner(...args)).code, 0, 'who asked approves it')
        const approved = await as(bea, ...args)
        assert.equal(approved.code, 0, approved.err)
        await performed(args[2] ?? '')
        continue
      }
      const result = await owner(...args, '--json')
      const expected = expectedOf(name, line)
      assert.equal(result.code, expected.code, `${line}: ${result.out}${result.err}`)
      const denial = result.code === 0 ? undefined : result.json<{ code: string }>()
      assert.equal(denial?.code, expected.denial, line)
      const task = /rev_[0-9a-f]{32}/.exec(`${result.out}${result.err}`)
      if (task !== null) words['TASK'] = task[0]
      if (name === 'hold place') words['HOLD'] = result.json<{ id: string }>().id
      if (name === 'case read') assert.match(result.out, /claim 17\/26 is pending/)
      if (line.includes('--lifted')) assert.match(result.out, /settled/)
    }
    assert.equal(seen.length, 12, seen.join(', '))
    const rules = (await owner('retention', 'show', '--json')).json<{ operations: object; setBy: string }>()
    assert.deepEqual(rules.operations, { 'data.lookup': 'short', 'graph.search': 'short' })

    async function performed(task: string): Promise<void> {
      for (;;) {
        const shown = (await owner('review', 'detail', task, '--json')).json<{ status: string }>()
        if (shown.status === 'performed') return
        await new Promise((done) => setTimeout(done, 20))
      }
    }
  },
)

/** What the text around a command says will come of it: nothing is of age on a server that was started just now. */
function expectedOf(
  name: string,
  line: string,
): { readonly code: number; readonly denial: string | undefined } {
  if (name === 'retention set' || name === 'hold lift')
    return { code: approvalRequired, denial: 'approval_required' }
  if (line.includes('--case CASE') && name === 'evidence prune')
    return { code: forbidden, denial: 'under_hold' }
  if (name === 'evidence prune' || name === 'evidence fold') return { code: conflict, denial: 'nothing_due' }
  return { code: 0, denial: undefined }
}

function shellLines(text: string): readonly string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block = '']) => block.split('\n'))
    .filter((line) => line !== '')
}

/** Words as a shell parts them, quotes of both kinds included. */
function wordsOf(line: string): readonly string[] {
  const [program, ...args] = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  )
  assert.equal(program, 'switchboard', line)
  return args
}
