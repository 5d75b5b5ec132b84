import type { QuestionName, Questions, Reply, Request, Tally } from './protocol.ts'
import { serveVerifier } from './serve-verifier.ts'

export interface VerifierClient {
  /** Where the verifier runs. On the page's own thread nothing reacts until an answer is there. */
  readonly place: 'worker' | 'page'
  ask<Name extends QuestionName>(
    name: Name,
    question: Questions[Name]['ask'],
    underWay?: (tally: Tally) => void,
  ): Promise<Questions[Name]['answer']>
  /** Ends what is under way; its questions are never answered. */
  stop(): void
}

/** Starts the page's own script a second time as a worker; where the browser refuses that, the page verifies by itself. */
export function startVerifier(ownScript: string): VerifierClient {
  const waiting = new Map<
    number,
    {
      readonly resolve: (answer: never) => void
      readonly reject: (error: Error) => void
      readonly underWay: ((tally: Tally) => void) | undefined
    }
  >()
  let lastId = 0
  function receive(reply: Reply): void {
    const question = waiting.get(reply.id)
    if (question === undefined) return
    if (reply.state === 'under_way') return question.underWay?.(reply.tally)
    waiting.delete(reply.id)
    if (reply.state === 'failed') question.reject(new Error(reply.message))
    // The protocol binds the answer's type to the question's name; a message by itself cannot.
    else question.resolve(reply.answer as never)
  }
  const worker = startWorker(ownScript)
  worker?.addEventListener('message', ({ data }: MessageEvent<Reply>) => receive(data))
  worker?.addEventListener('error', ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(`The verifier stopped: ${message}`))
    waiting.clear()
  })
  const here = serveVerifier(receive)
  const send = (request: Request): void => {
    if (worker === undefined) void here(request)
    else worker.postMessage(request)
  }
  return {
    place: worker === undefined ? 'page' : 'worker',
    ask(name, question, underWay) {
      const id = ++lastId
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject, underWay })
        send({ id, name, ask: question } as Request)
      })
    },
    stop() {
      waiting.clear()
      worker?.terminate()
    },
  }
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
