import { decodeBase64 } from './base64.ts'
import { toHex } from './bytes.ts'
import type { Crypto } from './crypto.ts'
import type { Findings } from './findings.ts'
import type { Line } from './line.ts'
import type { Manifest } from './manifest.ts'
import { hasExactly, isObject, isText } from './shape.ts'

/** Checks document lines one by one against the manifest's list. */
export class DocumentReader {
  count = 0
  /** Attestation bytes by SHA-256; other documents are not kept. */
  readonly attestations = new Map<string, Uint8Array>()
  readonly #crypto: Crypto
  readonly #findings: Findings
  readonly #attestationDigests: ReadonlySet<string>
  readonly #manifest: Manifest | undefined

  constructor(manifest: Manifest | undefined, crypto: Crypto, findings: Findings) {
    this.#manifest = manifest
    this.#crypto = crypto
    this.#findings = findings
    this.#attestationDigests = new Set(manifest?.attestations.map((attestation) => attestation.sha256))
  }

  read(line: Line): void {
    const { document } = line.value
    const where = `${line.where}, document`
    const listed = this.#manifest?.documents[this.count++]
    if (
      !isObject(document) ||
      !hasExactly(document, ['data', 'name']) ||
      !isText(document.name) ||
      !isText(document.data)
    ) {
      this.#findings.red(where, 'line_shape', 'A document has data and a name, and nothing else.')
      return
    }
    const name = JSON.stringify(document.name.slice(0, 80))
    const content = decodeBase64(document.data)
    if (content === undefined)
      this.#findings.red(`${where} ${name}`, 'document_base64', 'The content is not canonical base64.')
    if (listed === undefined) return
    if (document.name !== listed.name) {
      const message = `The manifest lists ${JSON.stringify(listed.name.slice(0, 80))} in this place.`
      this.#findings.red(`${where} ${name}`, 'document_name', message)
    }
    if (content === undefined) return
    if (content.length !== listed.bytes) {
      const message = `The content has ${content.length} bytes, the manifest states ${listed.bytes}.`
      this.#findings.red(`${where} ${name}`, 'document_bytes', message)
    }
    const sha256 = toHex(this.#crypto.sha256(content))
    if (sha256 !== listed.sha256) {
      this.#findings.red(
        `${where} ${name}`,
        'document_sha256',
        'The content does not hash to what the manifest states: altered or exchanged.',
      )
    }
    if (this.#attestationDigests.has(sha256)) this.attestations.set(sha256, content)
  }

  finish(): void {
    const expected = this.#manifest?.documents.length
    if (expected === undefined || expected === this.count) return
    const message = `The manifest lists ${expected} documents, the bundle has ${this.count}.`
    this.#findings.red('line 1, manifest, documents', 'document_count', message)
  }
}
