import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue, findOperation } from '@switchboard/api'
import type { OperationSpec } from '@switchboard/api'
import { capabilities, capabilityImpact, capabilityOf, operationBehind, pluginMethods } from './index.ts'

/** The scope that an operation asks of a plugin; for one that depends on the input, its prefix. */
function scopeAskedBy(spec: OperationSpec): string | undefined {
  const { capability } = spec
  const asked = typeof capability === 'function' ? capability(new Proxy({}, { get: () => '' })) : capability
  return typeof asked === 'object' ? asked[0] : asked
}

test('each method is behind the capability that its operation asks for, and no two methods share a name', () => {
  const names = capabilities.flatMap(({ scope, methods }) =>
    Object.entries(methods).map(([name, { operation }]) => {
      assert.equal(scopeAskedBy(findOperation(operation) as OperationSpec), scope, name)
      assert.equal(operationBehind(name)?.operation, operation)
      return name
    }),
  )
  assert.deepEqual(names, [...new Set(names)])
  assert.deepEqual(pluginMethods, names)
  assert.equal(operationBehind('constructor'), undefined)
})

test('each operation that a capability opens is a method of one, and no other is', () => {
  const behind = new Set(pluginMethods.map((method) => operationBehind(method)?.operation))
  const opened = catalogue.filter((spec: OperationSpec) => spec.capability !== undefined)
  assert.deepEqual(behind.symmetricDifference(new Set(opened.map(({ name }) => name))), new Set())
})

test('a scope belongs to one capability, which says what granting it means', () => {
  for (const { scope } of capabilities) {
    const named = scope.endsWith(':') ? `${scope}some-name` : scope
    assert.equal(capabilityOf(named)?.scope, scope)
    assert.match(capabilityImpact(named), /^[A-Z].*\.$/)
    if (scope.endsWith(':')) assert.match(capabilityImpact(named), /some-name/)
  }
  for (const scope of ['read:data:', 'net:', 'use:foo', 'read:graph:x', 'toString', ''])
    assert.equal(capabilityOf(scope), undefined, scope)
  assert.match(capabilityImpact('use:foo'), /knows no capability use:foo/)
})
