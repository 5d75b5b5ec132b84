import type { NamespaceDefinition, TypeOfAttribute } from '@cedar-policy/cedar-wasm/nodejs'

type Attribute = TypeOfAttribute<string>

/** The attributes that the schema declares for one kind of thing, by name. */
export type Shape = ReadonlyMap<string, { readonly type: AttributeType; readonly required: boolean }>
export type AttributeType = 'String' | 'Long' | 'Bool' | 'Set<String>'

/** What the schema lets a request say: the shapes of principals, resources and circumstances, and which actions exist. */
export interface Vocabulary {
  readonly entities: ReadonlyMap<string, Shape>
  readonly actions: ReadonlyMap<string, ActionShape>
}
export interface ActionShape {
  readonly principals: readonly string[]
  readonly resources: readonly string[]
  readonly context: Shape
}

/** @throws {Error} naming a type that requests cannot carry (records, entities, extension types). */
export function readVocabulary(schema: NamespaceDefinition<string>): Vocabulary {
  const shapeOf = (type: unknown, where: string): Shape => {
    const record = resolve(schema, type as Attribute)
    if (record.type !== 'Record' || !('attributes' in record)) throw new Error(`${where} is not a record`)
    return new Map(
      Object.entries(record.attributes).map(([name, attribute]) => [
        name,
        {
          type: attributeType(resolve(schema, attribute), `${where}.${name}`),
          required: attribute.required !== false,
        },
      ]),
    )
  }
  const entities = Object.entries(schema.entityTypes).map(([name, type]): [string, Shape] => [
    name,
    'shape' in type && type.shape ? shapeOf(type.shape, name) : new Map(),
  ])
  const actions = Object.entries(schema.actions).map(
    ([name, { appliesTo, memberOf }]): [string, ActionShape] => {
      if (!appliesTo?.context) throw new Error(`action ${name} declares no context`)
      // Rules are sorted by the operations that they name; a group would hide some from that.
      if (memberOf !== undefined && memberOf.length > 0)
        throw new Error(`action ${name} is in a group: name operations one by one`)
      const { principalTypes: principals, resourceTypes: resources, context } = appliesTo
      return [name, { principals, resources, context: shapeOf(context, `${name}.context`) }]
    },
  )
  return { entities: new Map(entities), actions: new Map(actions) }
}

function resolve(schema: NamespaceDefinition<string>, type: Attribute): Attribute {
  const common = schema.commonTypes?.[type.type]
  return common ?? type
}

function attributeType(type: Attribute, where: string): AttributeType {
  if (type.type === 'String' || type.type === 'Long') return type.type
  if (type.type === 'Bool' || type.type === 'Boolean') return 'Bool'
  if (type.type === 'Set' && 'element' in type && type.element.type === 'String') return 'Set<String>'
  throw new Error(`${where} has the type ${type.type}, which no request can carry`)
}
