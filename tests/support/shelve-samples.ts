import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Client } from '@switchboard/api'
import { makeSamplePackages } from '../../apps/server/src/demo/index.ts'
import { temporaryFolder } from './running-server.ts'

/** Puts on somebody's shelf what a first start puts there: the samples, and the hostile ones under a publisher of their own. */
export async function shelveSamples(administrator: Client): Promise<void> {
  await using work = await temporaryFolder()
  const packages = await makeSamplePackages(work.path)
  for (const { publisher, files } of [packages, packages.hostile]) {
    const pinned = await administrator.perform('publisher.trust', {
      publisher: publisher.name,
      key: publisher.publicKeyPem,
    })
    assert.ok(pinned.ok, pinned.ok ? '' : pinned.denial.message)
    for (const { path } of files) {
      const added = await administrator.perform('package.add', {
        content: (await readFile(path)).toString('base64'),
      })
      assert.ok(added.ok, added.ok ? '' : added.denial.message)
    }
  }
}
