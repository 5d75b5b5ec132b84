import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, caseDenials, deny, graphDenials } from '@switchboard/api'
import { handleWrite, operationOf } from './handler.ts'

const note = operationOf('case.add_note')

test('a handler may answer with the denials that its operation declares, and the compiler refuses any other', () => {
  const declared = handleWrite(note, {
    async run(_ctx, input) {
      if (input.text === '') return deny(caseDenials, 'case_unknown', { case: input.id })
      return allow({ id: 'note_0', text: input.text, by: 'ana', at: 0 })
    },
  })
  assert.equal(declared.effect, 'write')
  handleWrite(note, {
    // @ts-expect-error `entity_unknown` is not among the denials of case.add_note
    async run(_ctx, input) {
      return deny(graphDenials, 'entity_unknown', { entity: input.id })
    },
  })
  handleWrite(note, {
    // @ts-expect-error the value does not fit the operation's output
    async run() {
      return allow({ id: 1 })
    },
  })
})
