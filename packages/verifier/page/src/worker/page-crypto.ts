import type { Crypto } from '../../../src/index.ts'
import { createWebCrypto } from '../../../src/web-crypto.ts'

let made: Promise<Crypto> | undefined

/**
 * The browser's cryptography.
 *
 * @throws where it is not there: a signature that nobody can check must not look like one that does not fit.
 */
export function pageCrypto(): Promise<Crypto> {
  return (made ??= required())
}

async function required(): Promise<Crypto> {
  const found = await createWebCrypto()
  if (found !== undefined) return found
  throw new Error(
    globalThis.isSecureContext
      ? 'This browser cannot check Ed25519 signatures; Chrome 137, Firefox 129 and Safari 17 can.'
      : 'Browsers give no cryptography to pages that came over plain HTTP. Save this page and open the file, or use HTTPS.',
  )
}
