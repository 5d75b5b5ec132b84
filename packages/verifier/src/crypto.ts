/**
 * The two primitives the verifier cannot do by itself. Synchronous on purpose: WebCrypto's promises would cost more than
 * the hashes of the short messages that receipts are made of.
 */
export interface Crypto {
  /** SHA-256 of the bytes as they are at the time of the call; the caller may reuse its buffer afterwards. */
  sha256(bytes: Uint8Array): Uint8Array
  /** Whether `signature` (64 bytes) by `publicKey` (32 bytes) fits `message`. Malformed input is `false`, never an exception. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}
