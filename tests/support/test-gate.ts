import { allow } from '@switchboard/api'
import { createFinops } from '../../apps/server/src/finops/index.ts'
import { createGate } from '../../apps/server/src/gate/index.ts'
import type { Gate, GateDeps } from '../../apps/server/src/gate/index.ts'
import { createGovernance } from '../../apps/server/src/governance/index.ts'
import type { Context, Registration, Via } from '../../apps/server/src/kernel/handler.ts'
import { newId } from '../../apps/server/src/kernel/ids.ts'
import type { TestServer } from './test-server.ts'

/**
 * A second gate over a test server's store and cores, with handlers of the test's own: for what a handler may do to the
 * gate that no real one does.
 */
export function createTestGate(
  s: TestServer,
  registrations: readonly Registration[],
  options: Partial<
    Pick<GateDeps, 'onPoint' | 'onBug' | 'finops' | 'evidence' | 'permitsOf' | 'database'>
  > = {},
): Gate {
  const { database, identity, policy, evidence } = s.server
  const gate: Gate = createGate({
    database,
    clock: s.clock,
    region: 'local',
    residency: 'local-2',
    sandbox: { level: () => s.server.sandbox.level, mend: () => s.server.sandbox.mend },
    identity,
    policy,
    evidence,
    finops: createFinops({ defaultLimitMicros: 1_000_000_000n }),
    governance: createGovernance({
      clock: s.clock,
      isActive: identity.isActive,
      resume: (task) => void gate.resume(task),
    }),
    permitsOf: () =>
      Promise.resolve({
        granted: new Set(['read:graph', 'read:case', 'write:case']),
        ceilings: { tlp: 'RED', pap: 'RED', licences: ['*'] },
      }),
    holdsOf: () => Promise.resolve([]),
    onBug: () => undefined,
    ...options,
  })
  gate.register(registrations)
  return gate
}

/** What `plugin.run` acts on in a test whose subject is not who may run what. */
export function trustedCode(ctx: Context, { id }: { readonly id: string }) {
  const { organisation } = ctx.actor
  const attributes = { trust: 'pinned', reviewed: true }
  return Promise.resolve(allow({ type: 'Package', id, organisation, attributes } as const))
}

/** A plugin as author of nested calls, with everything declared and a generous lease unless told otherwise. */
export function testVia(
  change: Partial<Via> & { readonly calls?: number; readonly rows?: number } = {},
): Via {
  const { calls = 100, rows = 1000, ...via } = change
  return {
    package: 'probe',
    version: '1.0.0',
    digest: '0'.repeat(64),
    run: newId('run'),
    declared: ['read:graph', 'read:case', 'write:case'],
    lease: { calls, callsAllowed: calls, rows, rowsAllowed: rows, micros: 1_000_000n },
    marked: { tlp: 'CLEAR', pap: 'CLEAR' },
    ...via,
  }
}
