import * as cases from './cases/operations.ts'
import * as containment from './containment/operations.ts'
import * as data from './data/operations.ts'
import * as logs from './evidence/log-operations.ts'
import * as evidence from './evidence/operations.ts'
import * as feeds from './feeds/operations.ts'
import * as finops from './finops/operations.ts'
import { gateDenials } from './gate/denials.ts'
import * as governance from './governance/operations.ts'
import * as graph from './graph/operations.ts'
import * as holds from './holds/operations.ts'
import * as kv from './kv/operations.ts'
import * as identity from './identity/operations.ts'
import * as marketplace from './marketplace/operations.ts'
import * as net from './net/operations.ts'
import type { OperationSpec } from './operation.ts'
import * as plugins from './plugins/operations.ts'
import * as policy from './policy/operations.ts'
import * as retention from './retention/operations.ts'
import * as secrets from './secrets/operations.ts'
import * as subjects from './subjects/operations.ts'
import * as system from './system/operations.ts'

/** Every operation, once. REST, OpenAPI, GraphQL, the command and the typed client are derived from this list. */
export const catalogue = [
  identity.signIn,
  identity.signOut,
  identity.whoAmI,
  identity.userPermissions,
  identity.userList,
  identity.userInvite,
  identity.userDeactivate,
  identity.tokenCreate,
  identity.tokenList,
  identity.tokenRevoke,
  policy.policyRead,
  marketplace.pluginList,
  marketplace.pluginDetail,
  marketplace.pluginSbom,
  marketplace.packageAdd,
  marketplace.pluginInstall,
  marketplace.pluginGrant,
  marketplace.pluginRevoke,
  marketplace.pluginSetCeilings,
  marketplace.pluginUninstall,
  marketplace.pluginReview,
  marketplace.pluginUnreview,
  marketplace.publisherTrust,
  marketplace.publisherVerify,
  marketplace.publisherUnverify,
  marketplace.publisherList,
  containment.pluginQuarantine,
  containment.pluginRelease,
  containment.sandboxStop,
  containment.sandboxResume,
  containment.sandboxStatus,
  plugins.pluginRun,
  plugins.runSubmit,
  plugins.runList,
  plugins.runDetail,
  plugins.runLog,
  plugins.runCancel,
  plugins.runDiff,
  plugins.runAccept,
  plugins.runUndo,
  plugins.runReplay,
  plugins.runForgetRecording,
  plugins.recordingPrune,
  plugins.pluginUndo,
  kv.kvGet,
  kv.kvSet,
  kv.kvDelete,
  kv.kvList,
  kv.kvUsage,
  kv.kvClear,
  graph.graphSearch,
  graph.graphEntity,
  graph.graphNeighbours,
  graph.graphAsk,
  graph.graphUpsert,
  graph.graphImport,
  cases.caseCreate,
  cases.caseList,
  cases.caseRead,
  cases.caseRelations,
  cases.caseAddNote,
  cases.caseAddEntities,
  cases.caseSetTlp,
  cases.caseSetPap,
  holds.holdPlace,
  holds.holdLift,
  holds.holdList,
  data.dataList,
  data.dataLookup,
  data.dataRange,
  net.netFetch,
  secrets.secretSet,
  secrets.secretList,
  secrets.secretRemove,
  governance.reviewList,
  governance.reviewDetail,
  governance.reviewApprove,
  governance.reviewDeny,
  finops.budgetRead,
  finops.budgetSet,
  finops.usageRead,
  finops.usageRuns,
  evidence.receiptList,
  evidence.receiptRead,
  evidence.runProvenance,
  evidence.checkpointRead,
  logs.logConsistency,
  logs.logEntries,
  logs.logRotateKey,
  evidence.evidenceExport,
  evidence.evidenceCompact,
  evidence.evidencePreview,
  retention.retentionRead,
  retention.retentionSet,
  retention.evidencePrune,
  retention.evidenceFold,
  feeds.feedCreate,
  feeds.feedList,
  feeds.feedPause,
  feeds.feedResume,
  feeds.feedRemove,
  feeds.feedTest,
  feeds.feedRead,
  subjects.subjectReport,
  subjects.subjectErase,
  system.systemStatus,
  system.demoRemove,
] as const satisfies readonly OperationSpec[]

export type CatalogueOperation = (typeof catalogue)[number]
export type OperationName = CatalogueOperation['name']
export type OperationByName<N extends OperationName> = Extract<CatalogueOperation, { readonly name: N }>

const byName: ReadonlyMap<string, CatalogueOperation> = new Map(catalogue.map((spec) => [spec.name, spec]))

/** The operation of that name, or undefined for a name nobody declared. */
export function findOperation(name: string): CatalogueOperation | undefined {
  return byName.get(name)
}

/** Every denial code that `spec` may answer with, the gate's own included. */
export function denialTableOf(spec: OperationSpec) {
  return { ...gateDenials, ...spec.denials }
}
