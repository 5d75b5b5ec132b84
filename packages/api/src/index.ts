/** The catalogue: every operation once, with its schemas, denials and bindings. Pure; no I/O. */
export { allow } from './outcome.ts'
export type { Outcome } from './outcome.ts'
export { denial, deny } from './denial.ts'
export type {
  Denial,
  DenialCategory,
  DenialOf,
  DenialParams,
  DenialParamsOf,
  DenialSpec,
  DenialTable,
} from './denial.ts'
export { operation } from './operation.ts'
export type {
  CliBinding,
  DenialsOf,
  Effect,
  GraphqlBinding,
  InputOf,
  OperationSpec,
  OutcomeOf,
  OutputOf,
  RestBinding,
} from './operation.ts'
export { catalogue, denialTableOf, findOperation } from './catalogue.ts'
export type { CatalogueOperation, OperationByName, OperationName } from './catalogue.ts'
export { gateDenials } from './gate/denials.ts'
export { caseDenials } from './cases/denials.ts'
export { containmentDenials } from './containment/denials.ts'
export { dataDenials } from './data/denials.ts'
export { evidenceDenials } from './evidence/denials.ts'
export { logDenials } from './evidence/log-denials.ts'
export { feedDenials } from './feeds/denials.ts'
export { governanceDenials } from './governance/denials.ts'
export { graphDenials } from './graph/denials.ts'
export { holdDenials } from './holds/denials.ts'
export type { NamedHold } from './holds/denials.ts'
export { identityDenials } from './identity/denials.ts'
export { kvDenials } from './kv/denials.ts'
export { marketplaceDenials } from './marketplace/denials.ts'
export { netDenials } from './net/denials.ts'
export { readDestination } from './net/destination.ts'
export type { Destination } from './net/destination.ts'
export { pluginDenials } from './plugins/denials.ts'
export { retentionDenials } from './retention/denials.ts'
export { secretDenials } from './secrets/denials.ts'
export { subjectDenials } from './subjects/denials.ts'
export { surfaceDenials } from './surface/denials.ts'
export { choicesOf, fieldsOf, textFromValue, textKindOf, valueFromText, withoutNull } from './json-schema.ts'
export type { Field, JsonSchema, TextKind } from './json-schema.ts'
export { httpStatusOf } from './http-status.ts'
export { denialReference, problemOf } from './problem.ts'
export type { DenialProblem } from './problem.ts'
export { ClientFault, createClientOf } from './client.ts'
export { createClient } from './create-client.ts'
export type {
  Answer,
  AnswerDenial,
  CallableSpec,
  Client,
  ClientOptions,
  PerformOptions,
  Receipted,
} from './client.ts'
export { openApiDocument } from './openapi.ts'
export { graphqlArguments, graphqlOperations, graphqlScalars, graphqlSdl } from './graphql-sdl.ts'
export type { GraphqlOperation } from './graphql-sdl.ts'
export { denialReferencePage, operationReferencePage } from './reference.ts'
