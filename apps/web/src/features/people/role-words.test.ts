import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deactivationSays, signInLink } from './role-words.ts'

const ana = { id: 'usr_a', name: 'Ana', roles: ['administrator', 'reviewer'], active: true }
const bea = { id: 'usr_b', name: 'Bea', roles: ['reviewer'], active: true }

test('deactivating the last administrator says that nobody is left to add people', () => {
  const says = deactivationSays(ana, 'usr_b', [ana, bea])
  assert.match(says[0] ?? '', /Nobody else is an administrator/)
  assert.ok(!says.some((each) => /Nobody else is a reviewer/.test(each)))
})

test('somebody deactivated already is nobody who could take over', () => {
  const says = deactivationSays(ana, 'usr_b', [ana, { ...bea, active: false }])
  assert.ok(says.some((each) => /Nobody else is a reviewer/.test(each)))
})

test('deactivating oneself says so first', () => {
  assert.match(deactivationSays(bea, 'usr_b', [ana, bea])[0] ?? '', /This is you/)
})

test('a link carries the secret where no server sees it', () => {
  assert.equal(signInLink('https://x.example', 'a/b'), 'https://x.example/sign-in#secret=a%2Fb')
})
