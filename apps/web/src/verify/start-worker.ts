// oxlint-disable-next-line import/default -- The bundler makes a worker of it and gives its address.
import workerUrl from './verifier-worker.ts?worker&url'

/** What browsers with Trusted Types call a policy; their types are not in the compiler's library yet. */
interface ScriptUrls {
  createScriptURL(url: string): string
}

// The only policy that the console's Content-Security-Policy lets be made, and it lets through this one address.
const policy = (
  globalThis as { trustedTypes?: { createPolicy(name: string, rules: ScriptUrls): ScriptUrls } }
).trustedTypes?.createPolicy('verifier-worker', {
  createScriptURL(url) {
    if (url !== workerUrl) throw new TypeError('Only the verifier may be started as a worker.')
    return url
  },
})

/** A worker with the verifier in it: a file of the console's own, WebAssembly inside, so nothing more is fetched later. */
export function startWorker(): Worker {
  return new Worker(policy?.createScriptURL(workerUrl) ?? workerUrl, { name: 'verifier' })
}
