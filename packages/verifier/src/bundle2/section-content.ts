import { toHex } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import type { Section } from './file-layout.ts'

/**
 * Gives a section's bytes, inflated, and reports a digest or stream that does not fit (check 1).
 *
 * @returns `undefined` when there is nothing to read; a section whose digest is wrong is still read, to say what it breaks.
 */
export async function readSection(
  section: Section,
  crypto: Crypto,
  findings: Findings,
): Promise<Uint8Array | undefined> {
  const where = `section ${section.name}`
  const [digest, content] = await Promise.all([
    crypto.sha256OfLarge(section.bytes),
    section.encoding === 'stored' ? section.bytes : crypto.inflateRaw(section.bytes, section.raw),
  ])
  if (toHex(digest) !== section.sha256)
    findings.red(where, 'file_digest', 'It does not hash to what the layout states: a bit of it has turned.')
  if (content === undefined) {
    const message = `It is not one DEFLATE stream of ${section.raw} bytes that ends where the section ends.`
    findings.red(where, 'file_deflate', message)
  }
  return content
}
