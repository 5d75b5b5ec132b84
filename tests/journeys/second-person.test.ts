import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import type { CommandResult } from '../support/command.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'

const approvalRequired = 16
const forbidden = 11
const unauthenticated = 1

test(
  'by the command alone: a colleague signs in by a link and approves an export, which its requester then saves and verifies',
  { timeout: 120_000 },
  async () => {
    await using work = await temporaryFolder()
    await using server = await startServer()
    const url = await server.ready
    const as = (data: string, ...args: string[]): Promise<CommandResult> =>
      runCommand(args, { folder: work.path, data })
    const owner = (...args: string[]): Promise<CommandResult> => as(server.folder, ...args)
    const bea = join(work.path, 'bea')

    const { secret } = (await owner('user', 'invite', 'Bea', '--roles', 'reviewer', '--json')).json<{
      secret: string
    }>()
    const link = `${url}/sign-in#secret=${secret}`
    assert.match((await as(bea, 'sign-in', link)).out, /Signed in as Bea/)
    assert.equal((await stat(join(bea, 'cli.json'))).mode & 0o077, 0)
    const again = await as(join(work.path, 'again'), 'sign-in', link)
    assert.equal(again.code, unauthenticated)
    assert.match(again.err, /link is used/)

    const { id } = (await owner('case', 'create', 'Amber', '--tlp', 'AMBER', '--note', 'x', '--json')).json<{
      id: string
    }>()
    assert.equal(
      (await owner('evidence', 'export', '--case', id, '--out', 'early.bundle')).code,
      approvalRequired,
    )
    const reviews = (await owner('review', 'list', '--json')).json<{ rows: { id: string }[] }>()
    const review = reviews.rows[0]?.id ?? ''
    assert.equal((await owner('review', 'approve', review)).code, forbidden)
    assert.equal((await as(bea, 'review', 'approve', review)).code, 0)

    const saved = await untilPerformed(() => owner('review', 'detail', review, '--out', 'late.bundle'))
    assert.match(saved.out, /performed/)
    const { logKey } = (await owner('status', '--json')).json<{ logKey: string }>()
    const verified = await as(work.path, 'verify', 'late.bundle', '--key', logKey)
    assert.equal(verified.code, 0, verified.out)
    assert.match(verified.out, /GREEN/)
  },
)

/** The approved operation is performed after the approval has been answered. */
async function untilPerformed(ask: () => Promise<CommandResult>): Promise<CommandResult> {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const result = await ask()
    if (result.code === 0) return result
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  return assert.fail('The approved export was never performed.')
}
