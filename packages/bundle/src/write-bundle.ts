import { canonicalJson } from './canonical.ts'
import { packedSection, storedSection, writeContainer } from './container.ts'
import type { Section } from './container.ts'
import { partNames } from './entry-fields.ts'
import type { BundleReceipt } from './group-writer.ts'
import type { BundleDocument } from './manifest.ts'

export interface TrailerLog {
  /** A signed note, cosignatures of witnesses included. */
  readonly checkpoint: string
  /** Earlier sizes, ascending, with the consistency proof from each to the checkpoint. */
  readonly history: readonly {
    readonly size: number
    readonly root: Uint8Array
    readonly proof: readonly Uint8Array[]
  }[]
  /** The multiproof of the log's receipts, the export among them where it is of this log. */
  readonly proof: readonly Uint8Array[]
}

export interface BundleFacts {
  /** From `writeManifest`. */
  readonly manifest: Uint8Array
  /** From a group writer's `end`. */
  readonly groups: readonly Section[]
  /** Those of the manifest, in its order. */
  readonly documents: readonly BundleDocument[]
  /** The receipt of the export itself; its output commits to the manifest. `log` is the place of its log in the manifest. */
  readonly export: BundleReceipt & { readonly log: number }
  /** In the order of the manifest's. */
  readonly logs: readonly TrailerLog[]
  /** Signed notes, oldest first. */
  readonly rotations: readonly string[]
}

/** Puts a bundle together (docs/reference/evidence-bundle.md). */
export function writeBundle(facts: BundleFacts): Buffer {
  return writeContainer([
    storedSection('manifest', facts.manifest),
    ...facts.groups,
    ...documentSections(facts.documents),
    storedSection('export', Buffer.from(exportText(facts.export), 'utf8')),
    storedSection('trailer', Buffer.from(trailerText(facts), 'utf8')),
  ])
}

/** Sections of the documents that are not withheld. */
function documentSections(documents: readonly BundleDocument[]): readonly Section[] {
  return documents.flatMap(({ bytes, withheld }, place) =>
    withheld === true ? [] : [packedSection(`document/${place}`, bytes)],
  )
}

function exportText({ index, entry, leaf, parts, log }: BundleFacts['export']): string {
  const opened = partNames.toSorted().flatMap((name) => {
    const part = parts[name]
    // The value is canonical JSON already, and goes in as it stands.
    return part === undefined ? [] : [`"${name}":{"salt":"${base64(part.salt)}","value":${part.json}}`]
  })
  const check = Buffer.from(leaf).toString('hex', 0, 4)
  return `{"check":"${check}","entry":"${base64(entry)}","index":${index},"log":${log},"parts":{${opened.join(',')}}}`
}

function trailerText({ logs, rotations }: BundleFacts): string {
  return canonicalJson({
    logs: logs.map(({ checkpoint, history, proof }) => ({
      checkpoint,
      history: history.map((earlier) => ({
        proof: earlier.proof.map(base64),
        root: base64(earlier.root),
        size: earlier.size,
      })),
      proof: proof.map(base64),
    })),
    rotations,
  })
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
