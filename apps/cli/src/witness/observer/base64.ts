/** Decodes base64 that is its own canonical form; undefined for any other text. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** One SHA-256 hash; undefined unless canonical and of 32 bytes. */
export function decodeHash(text: string): Buffer | undefined {
  const bytes = decodeBase64(text)
  return bytes?.length === 32 ? bytes : undefined
}
