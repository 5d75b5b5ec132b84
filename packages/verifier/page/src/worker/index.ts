export type { Growth, GrowthReport, ReceiptPath } from '../../../src/index.ts'
/** For pages that verify in a worker of their own: the protocol and the client. `./worker` serves the other end. */
export type {
  Evidence,
  EvidenceKind,
  Flip,
  FlippedPlace,
  GivenTrust,
  PackageReport,
  Questions,
  RefusedPackage,
  Root,
  RootsRead,
  Verdict,
} from './protocol.ts'
export { connectVerifier, workerEnd } from './verifier-client.ts'
export type { VerifierClient } from './verifier-client.ts'
