import { denialReferencePage, graphqlSdl, operationReferencePage } from '@switchboard/api'
import { commandReferencePage } from '@switchboard/cli'
import { configurationReferencePage } from './configuration-reference.ts'

/** What is made from the sources, by its path in the repository. */
export const referenceFiles: Readonly<Record<string, () => string>> = {
  'docs/reference/schema.graphql': graphqlSdl,
  'docs/reference/operations.md': operationReferencePage,
  'docs/reference/denials.md': denialReferencePage,
  'docs/reference/command.md': commandReferencePage,
  'docs/reference/configuration.md': configurationReferencePage,
}
