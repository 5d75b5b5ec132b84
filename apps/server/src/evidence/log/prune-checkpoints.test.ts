import assert from 'node:assert/strict'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import { evidenceMigrations } from '../index.ts'
import { draftOf, drafts, openEvidence, temporaryFolder } from '../testing/evidence-fixture.ts'
import { proveConsistency } from './proofs.ts'
import { pruneCheckpoints } from './prune-checkpoints.ts'

onEachStore(
  'the newest checkpoints of each log stay, and those that somebody may hold; the rest can be proved anyway',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await openEvidence(database, folder)
    await evidence.recordAndIntegrate(draftOf({ retention: 'short' }))
    for (let batch = 0; batch < 9; batch += 1) await evidence.recordAndIntegrate(...drafts(2))
    const own = await evidence.standardLog()
    await own.publish(4)
    const sizes = async () =>
      (
        await database.read
          .selectFrom('checkpoints')
          .select(['log', 'size'])
          .orderBy('log')
          .orderBy('size')
          .execute()
      ).map(({ log, size }) => (log === own.number ? size : `other ${size}`))
    const numbers = (await database.read.selectFrom('logs').select('number').execute()).map(
      (row) => row.number,
    )
    assert.equal(await pruneCheckpoints(database, numbers, { kept: 3 }), 5)
    assert.deepEqual(await sizes(), ['other 1', 4, 14, 16, 18])
    assert.equal(await pruneCheckpoints(database, numbers, { kept: 3 }), 0)
    await own.prove(async (view) => {
      for (let size = 1; size <= 18; size += 1) await proveConsistency(view, size)
    })
    await evidence.close()
    const reopened = await openEvidence(database, folder)
    await reopened.recordAndIntegrate(draftOf())
    assert.equal(reopened.logSize(), 20)
    await reopened.close()
  },
)
