import type { Crypto } from '../crypto.ts'
import { LanesHasher } from './lanes-hasher.ts'
import { PlainHasher } from './plain-hasher.ts'
import type { ReceiptHasher } from './hasher.ts'

/** The fastest hasher that this engine can run: WebAssembly with SIMD, or one message after the other. */
export async function receiptHasher(crypto: Crypto): Promise<ReceiptHasher> {
  return (await LanesHasher.start(crypto)) ?? new PlainHasher(crypto)
}
