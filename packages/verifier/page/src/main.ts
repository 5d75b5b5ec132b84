import { startPage } from './page.ts'
import type { Request } from './worker/protocol.ts'
import { serveVerifier } from './worker/serve-verifier.ts'

// The page is one file, so the worker runs the page's own script: here it finds out which of the two it is.
if (typeof document === 'undefined') {
  const answer = serveVerifier((reply) => self.postMessage(reply))
  self.addEventListener('message', ({ data }: MessageEvent<Request>) => void answer(data))
} else {
  startPage(document.currentScript?.textContent ?? '')
}
