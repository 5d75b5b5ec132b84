/** What the verifier cannot do by itself, and what an engine has to bring: `./node-crypto.ts` for Node, `./web-crypto.ts` for browsers. */
export interface Crypto {
  /**
   * SHA-256 of the bytes as they are at the time of the call; the caller may reuse its buffer afterwards. Synchronous:
   * a promise would cost more than the hash of the short messages that receipts are made of.
   */
  sha256(bytes: Uint8Array): Uint8Array
  /** SHA-256 of a large buffer, which nobody changes meanwhile; may run beside other work. */
  sha256OfLarge(bytes: Uint8Array): Promise<Uint8Array>
  /** Whether `signature` (64 bytes) by `publicKey` (32 bytes) fits `message`. Malformed input is `false`, never an exception. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
  /**
   * Inflates a DEFLATE stream without a wrapper (RFC 1951).
   *
   * @returns `undefined` unless the stream ends with the last byte given and holds exactly `rawSize` bytes. Never makes
   * more than `rawSize` bytes on the way, whatever the stream says.
   */
  inflateRaw(bytes: Uint8Array, rawSize: number): Promise<Uint8Array | undefined>
}
