import { toHex } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import type { NotChecked } from '../report.ts'
import type { Section } from './file-layout.ts'
import type { Manifest2 } from './manifest2.ts'
import { readSection } from './section-content.ts'

export const statementPrefix = 'statement/'

export interface Documents {
  /** How many are in the file. */
  readonly count: number
  /** Attestations by SHA-256. */
  readonly attestations: ReadonlyMap<string, Uint8Array>
  /** Statements by name. */
  readonly statements: ReadonlyMap<string, Uint8Array>
  /** Names of those that the manifest lists and the file leaves out. */
  readonly withheld: readonly string[]
}

/** Checks the documents that are there against the manifest's list (check 8); keeps those that later checks read. */
export async function checkDocuments(
  manifest: Manifest2,
  sections: ReadonlyMap<number, Section>,
  crypto: Crypto,
  findings: Findings,
): Promise<Documents> {
  const attestationDigests = new Set(manifest.attestations.map(({ sha256 }) => sha256))
  const attestations = new Map<string, Uint8Array>()
  const statements = new Map<string, Uint8Array>()
  for (const [place, section] of sections) {
    const where = `section ${section.name}`
    // One at a time: documents can be large, and only some are kept.
    const content = await readSection(section, crypto, findings)
    const listed = manifest.documents[place]
    if (listed === undefined) {
      const message = `The manifest lists ${manifest.documents.length} documents; this one is none of them.`
      findings.red(where, 'document_count', message)
      continue
    }
    if (content === undefined) continue
    const named = `${where}, document ${JSON.stringify(listed.name.slice(0, 80))}`
    if (content.length !== listed.bytes) {
      const message = `The content has ${content.length} bytes, the manifest states ${listed.bytes}.`
      findings.red(named, 'document_bytes', message)
    }
    if (toHex(await crypto.sha256OfLarge(content)) !== listed.sha256) {
      const message = 'The content does not hash to what the manifest states: altered or exchanged.'
      findings.red(named, 'document_sha256', message)
      continue
    }
    if (attestationDigests.has(listed.sha256)) attestations.set(listed.sha256, content)
    if (listed.name.startsWith(statementPrefix)) statements.set(listed.name, content)
  }
  const withheld = manifest.documents.filter((_, place) => !sections.has(place)).map(({ name }) => name)
  return { count: sections.size, attestations, statements, withheld }
}

export function notCheckedDocuments({ withheld }: Documents): readonly NotChecked[] {
  return withheld.map((name) => ({
    what: `document ${name.slice(0, 120)}`,
    why: 'it was withheld; the manifest has its digest',
    because: 'redacted' as const,
  }))
}
