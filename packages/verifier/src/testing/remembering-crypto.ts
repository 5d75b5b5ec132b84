import type { Crypto } from '../index.ts'

/** The same answers without asking twice: one signature, verified thousands of times over, would be most of a test's time. */
export function rememberingCrypto(crypto: Crypto): Crypto {
  const answers = new Map<string, boolean | Promise<boolean>>()
  return {
    ...crypto,
    verifyEd25519(key, message, signature) {
      const question = [key, message, signature]
        .map((bytes) => Buffer.from(bytes).toString('latin1'))
        .join('|')
      const answer = answers.get(question) ?? crypto.verifyEd25519(key, message, signature)
      answers.set(question, answer)
      return answer
    },
  }
}
