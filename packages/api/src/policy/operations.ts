import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { closed } from '../schema.ts'

const PolicyRule = closed(
  {
    id: Type.String({ description: 'As denials and receipts name it.' }),
    file: Type.String(),
    effect: Type.Union([Type.Literal('permit'), Type.Literal('forbid')]),
    says: Type.String({
      description: 'What a person is told; {resource.tlp} and the like stand for facts of the decision.',
    }),
    quorum: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
      description: 'Of a prohibition that yields to an approval: by how many people.',
    }),
    operations: Type.Array(Type.String(), {
      description: 'Those it speaks of; none listed: of every one.',
    }),
    reads: Type.Array(Type.String(), { description: 'The facts that its conditions read.' }),
    text: Type.String({ description: 'The rule itself, in Cedar.' }),
  },
  { title: 'PolicyRule' },
)

export const policyRead = operation({
  name: 'policy.read',
  summary: 'Read the rules',
  description:
    'Every rule by which this server decides, and the digest that receipts name. What no rule permits is refused; one prohibition outweighs any permission.',
  effect: 'read',
  input: closed({}),
  output: closed({
    engine: Type.String({ description: 'What evaluates the rules, with its version.' }),
    digest: Type.String({ description: 'Of all rules together, as in receipts.' }),
    rules: Type.Array(PolicyRule),
  }),
  denials: {},
  rest: { method: 'GET', path: '/policy' },
  graphql: { kind: 'query', field: 'policy' },
  cli: { command: 'policy show' },
})
