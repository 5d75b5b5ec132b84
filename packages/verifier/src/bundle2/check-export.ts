import { toHex } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import { Line } from '../line.ts'
import { ReceiptReader, type Receipt } from '../receipt-reader.ts'
import { hasExactly, isCount } from '../shape.ts'
import type { Manifest2 } from './manifest2.ts'

/** Part values of the export are nested this deep: export, parts, part, value. */
const partValueDepth = 4
const where = 'section export'

export interface ExportReceipt extends Receipt {
  /** Place in the manifest's logs. */
  readonly log: number
}

/** Reads the receipt of the export itself; `undefined` when not even its leaf is known. */
export function readExport(
  bytes: Uint8Array,
  manifest: Manifest2 | undefined,
  crypto: Crypto,
  findings: Findings,
): ExportReceipt | undefined {
  const line = Line.readText(where, bytes, partValueDepth, findings)
  if (line === undefined) return undefined
  const { log, ...record } = line.value
  if (!hasExactly(line.value, ['check', 'entry', 'index', 'log', 'parts']) || !isCount(log)) {
    const message = 'The export has check, entry, index, log and parts, and nothing else.'
    findings.red(where, 'line_shape', message)
    return undefined
  }
  const named = manifest?.logs[log]
  if (manifest !== undefined && named === undefined) {
    findings.red(
      where,
      'line_shape',
      `The manifest has ${manifest.logs.length} logs; this would be number ${log}.`,
    )
    return undefined
  }
  const receipt = new ReceiptReader(crypto, findings).read(line, record, 'export', named?.class ?? 'any')
  return receipt && { ...receipt, log }
}

/** Checks that the export's receipt is one, and vouches for this very manifest (check 9). */
export function checkExport(
  receipt: ExportReceipt,
  manifestBytes: Uint8Array | undefined,
  lastIndexOfLog: number | undefined,
  crypto: Crypto,
  findings: Findings,
): void {
  const { entry, parts, index } = receipt
  if (entry !== undefined && (entry.phase === 'intent' || entry.decision !== 'allowed'))
    findings.red(where, 'export_decision', 'The export must be an effect or outcome that was allowed.')
  if (lastIndexOfLog !== undefined && index <= lastIndexOfLog) {
    const message = `Its index ${index} must be above that of every receipt of its log; the last has ${lastIndexOfLog}.`
    findings.red(where, 'index_order', message)
  }
  if (parts.subject === undefined)
    findings.red(`${where}, part subject`, 'export_redacted', "The export's subject must be opened.")
  else if (parts.subject.operation !== 'evidence.export')
    findings.red(`${where}, part subject`, 'export_operation', 'The operation must be evidence.export.')
  if (parts.output === undefined) {
    findings.red(`${where}, part output`, 'export_redacted', "The export's output must be opened.")
    return
  }
  if (manifestBytes === undefined) return
  const { sha256, bytes } = parts.output
  const vouches =
    hasExactly(parts.output, ['bytes', 'sha256']) &&
    bytes === manifestBytes.length &&
    sha256 === toHex(crypto.sha256(manifestBytes))
  if (vouches) return
  const message = "The manifest is not the one the export's receipt speaks of: it is altered."
  findings.red('section manifest', 'export_manifest', message)
}
