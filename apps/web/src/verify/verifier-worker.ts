import { serveVerifier } from '@switchboard/verifier/worker'

const answer = serveVerifier((reply) => self.postMessage(reply))
type Request = Parameters<typeof answer>[0]
self.addEventListener('message', ({ data }: MessageEvent<Request>) => void answer(data))
