import { randomUUID } from 'node:crypto'
import { deny, problemOf, surfaceDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Fault } from '../../kernel/fault.ts'
import type { Performed } from '../../kernel/handler.ts'
import type { SurfaceDeps } from '../ports.ts'

type Answering = Pick<SurfaceDeps, 'receiptState' | 'log'>

/** Sends what the gate answered: the value as JSON, or the denial as a problem, either with receipt and cost. */
export function sendPerformed(
  reply: FastifyReply,
  performed: Performed,
  deps: Answering,
  value?: unknown,
): FastifyReply {
  writeReceipt(reply, performed, deps)
  if (!performed.outcome.ok) return sendDenial(reply, performed.outcome.denial, performed.receiptId)
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(value ?? performed.outcome.value))
}

export function writeReceipt(reply: FastifyReply, performed: Performed, deps: Answering): void {
  const { receiptId } = performed
  if (receiptId !== undefined) {
    void reply.header('switchboard-receipt', `${receiptId}; ${deps.receiptState?.(receiptId) ?? 'pending'}`)
  }
  void reply.header('switchboard-cost-micros', performed.costMicros.toString())
  if (performed.replayed === true) void reply.header('switchboard-replayed', 'true')
}

export function sendDenial(reply: FastifyReply, denial: Denial, receiptId?: string): FastifyReply {
  const problem = problemOf(denial, receiptId)
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="switchboard"')
  const { taskId, allowed } = denial.params
  if (denial.code === 'approval_required') void reply.header('location', `/reviews/${String(taskId)}`)
  if (denial.code === 'method_not_allowed' && Array.isArray(allowed))
    void reply.header('allow', allowed.join(', '))
  return reply
    .status(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem))
}

/** Nothing is there, or nothing that this caller is told of. */
export function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = (request.url.split('?')[0] ?? '/').slice(0, 200)
  return sendDenial(reply, deny(surfaceDenials, 'route_unknown', { method: request.method, path }).denial)
}

export interface FaultProblem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  /** What to look for in the server's log; the answer itself tells nothing of the inside. */
  readonly incident: string
}

/** Logs what went wrong and answers its code alone. */
export function faultProblem(error: unknown, deps: Pick<SurfaceDeps, 'log'>): FaultProblem {
  const incident = randomUUID()
  const fault = error instanceof Fault ? error : undefined
  deps.log.error({ incident, err: error, code: fault?.code }, 'a request ended in a fault')
  return {
    type: 'about:blank',
    title: fault === undefined ? 'The server failed.' : `The server failed (${fault.code}).`,
    status: fault?.retryable === true ? 503 : 500,
    code: fault?.code ?? 'internal_error',
    incident,
  }
}

export function sendFault(reply: FastifyReply, error: unknown, deps: Pick<SurfaceDeps, 'log'>): FastifyReply {
  const problem = faultProblem(error, deps)
  if (problem.status === 503) void reply.header('retry-after', '1')
  return reply
    .status(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem))
}
