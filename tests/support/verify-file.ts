import { verifyBundle } from '@switchboard/verifier'
import type { BundleReport } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'

/** Verifies a bundle as somebody outside does, who was given the log's key. */
export function verify(file: Uint8Array, logKey: string, savedCheckpoint?: string): Promise<BundleReport> {
  const saved = savedCheckpoint === undefined ? {} : { savedCheckpoint }
  return verifyBundle(file, { logKeys: [logKey], ...saved }, nodeCrypto)
}

/** The rules that are broken, without warnings. */
export function redRules(report: BundleReport): readonly string[] {
  return report.findings.filter(({ severity }) => severity === 'red').map(({ rule }) => rule)
}
