import { openApiDocument } from '@switchboard/api'
import { buildVerifierPage } from '@switchboard/verifier/page'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { docsPage } from '../pages/docs-page.ts'
import type { Page } from '../pages/security-headers.ts'
import { signInPage } from '../pages/sign-in-page.ts'
import type { SurfaceConfig } from '../ports.ts'

/** What is the same for everybody: the document, the page that shows it, the sign-in page, the verifier's page. */
export function addStaticRoutes(app: FastifyInstance, config: Pick<SurfaceConfig, 'version'>): void {
  // Drawn for the first who asks, then kept.
  let document: string | undefined
  let docs: Page | undefined
  app.get('/openapi.json', (_request, reply) => {
    document ??= JSON.stringify(openApiDocument(config.version))
    return reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(document)
  })
  app.get('/docs', (_request, reply) => sendPage(reply, (docs ??= docsPage(config.version))))
  app.get('/sign-in', (_request, reply) => sendPage(reply, signInPage))
  let verifier: Promise<Page> | undefined
  app.get('/verify', async (_request, reply) => {
    verifier ??= verifierPage()
    // Whoever asks after a failure tries again.
    verifier.catch(() => (verifier = undefined))
    const page = await verifier
    return sendPage(reply, page)
  })
}

/** The very bytes that `switchboard verify --page` writes; what a page cannot ask for in itself is asked for here. */
async function verifierPage(): Promise<Page> {
  const { html, policy } = await buildVerifierPage()
  return { html, policy: `${policy}; frame-ancestors 'none'` }
}

function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply.header('content-security-policy', page.policy).type('text/html; charset=utf-8').send(page.html)
}
