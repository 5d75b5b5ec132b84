import type { QuestionName, Questions, Reply, Request, Tally } from './protocol.ts'

export interface VerifierClient {
  ask<Name extends QuestionName>(
    name: Name,
    question: Questions[Name]['ask'],
    underWay?: (tally: Tally) => void,
  ): Promise<Questions[Name]['answer']>
  /** Ends what is under way; its questions are never answered. */
  stop(): void
}

/** Where the verifier runs, as far as who asks it needs to know. */
export interface VerifierEnd {
  send(request: Request): void
  end(): void
}

/**
 * Asks a verifier wherever it runs.
 *
 * @param open is given where replies go to, and where to say that there will be none.
 */
export function connectVerifier(
  open: (receive: (reply: Reply) => void, stopped: (why: string) => void) => VerifierEnd,
): VerifierClient {
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
  function stopped(why: string): void {
    for (const { reject } of waiting.values()) reject(new Error(`The verifier stopped: ${why}`))
    waiting.clear()
  }
  const verifier = open(receive, stopped)
  return {
    ask(name, question, underWay) {
      const id = ++lastId
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject, underWay })
        verifier.send({ id, name, ask: question } as Request)
      })
    },
    stop() {
      waiting.clear()
      verifier.end()
    },
  }
}

/** A verifier in a worker that answers with {@link serveVerifier}. */
export function workerEnd(
  worker: Worker,
  receive: (reply: Reply) => void,
  stopped: (why: string) => void,
): VerifierEnd {
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => receive(data))
  worker.addEventListener('error', ({ message }) => stopped(message))
  return {
    send: (request) => worker.postMessage(request),
    end: () => worker.terminate(),
  }
}
