import { parseSync, Visitor } from 'oxc-parser'

export interface FoundImport {
  /** As written; undefined for a name that is computed at run time. */
  readonly name: string | undefined
}

/**
 * Every import of a module in the order written: static, re-exported, dynamic, type-only, `import('…')` types, and `require`.
 * @throws {SyntaxError} when the text does not parse: half a module read would be half a check.
 */
export function readImports(file: string, text: string): readonly FoundImport[] {
  const { program, errors } = parseSync(file, text)
  if (errors[0]) throw new SyntaxError(`${file}: ${errors[0].message}`)
  const found: FoundImport[] = []
  const add = (source: { type: string; value?: unknown } | null) => {
    if (source) found.push({ name: typeof source.value === 'string' ? source.value : undefined })
  }
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    TSExternalModuleReference: ({ expression }) => add(expression),
    CallExpression: ({ callee, arguments: [argument] }) => {
      if (callee.type === 'Identifier' && callee.name === 'require') add(argument ?? null)
    },
  }).visit(program)
  return found
}
