import { serveVerifier } from './worker/serve-verifier.ts'
import { connectVerifier, workerEnd } from './worker/verifier-client.ts'
import type { VerifierClient } from './worker/verifier-client.ts'

/** Starts the page's own script a second time as a worker; where the browser refuses that, the page verifies by itself. */
export function startVerifier(ownScript: string): VerifierClient {
  return connectVerifier((receive, stopped) => {
    const worker = startWorker(ownScript)
    if (worker !== undefined) return workerEnd(worker, receive, stopped)
    // On the page's own thread nothing reacts until an answer is there.
    const answer = serveVerifier(receive)
    return { send: (request) => void answer(request), end: () => undefined }
  })
}

function startWorker(script: string): Worker | undefined {
  try {
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
    return new Worker(asScriptUrl(url))
  } catch {
    return undefined
  }
}

/** What browsers with Trusted Types call a policy; their types are not in the compiler's library yet. */
interface ScriptUrls {
  createScriptURL(url: string): string
}

let policy: ScriptUrls | undefined

/** The page's one way to make code of a text: under require-trusted-types-for the browser refuses all others, markup included. */
function asScriptUrl(url: string): string {
  const { trustedTypes } = globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: ScriptUrls): ScriptUrls }
  }
  policy ??= trustedTypes?.createPolicy('verifier', { createScriptURL: (given) => given })
  return policy?.createScriptURL(url) ?? url
}
