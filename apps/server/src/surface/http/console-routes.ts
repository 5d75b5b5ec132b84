import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { sendNotFound } from './answer.ts'

const forEver = 'public, max-age=31536000, immutable'
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/** SHA-256 of nothing: a style element may stand in the page while it is empty. Our scripts add its rules one by one. */
const emptyStyle = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"

/**
 * Scripts come from this server's own files and from nowhere else, and none is written in a page. WebAssembly may be
 * compiled because evidence is verified in the browser.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  `style-src 'self' ${emptyStyle}`,
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/**
 * The web console under `/app/`: the files that were built, read once at start. Any other address below it is a page of
 * the console and answers its index.
 *
 * @param folder what the build wrote; without it there is no console, and `/app/` says so as any unknown address does.
 */
export function addConsoleRoutes(app: FastifyInstance, folder: string | undefined): void {
  const files = folder === undefined ? new Map<string, Buffer>() : readFiles(folder)
  const index = files.get('index.html')
  app.get('/', (_request, reply) => reply.redirect(index === undefined ? '/docs' : '/app/'))
  if (index === undefined) return
  app.get('/app', (_request, reply) => reply.redirect('/app/'))
  app.get<{ Params: { '*': string } }>('/app/*', (request, reply) => {
    const path = request.params['*']
    const file = files.get(path)
    // Answering a page for a script that is gone would run it. Names of operations have dots too, and are pages.
    if (file === undefined && (path.startsWith('assets/') || extname(path) in types))
      return sendNotFound(request, reply)
    return reply
      .header('content-security-policy', policy)
      .header('cache-control', path.startsWith('assets/') ? forEver : 'no-cache')
      .type(types[extname(file === undefined ? '.html' : path)] ?? types['.html'] ?? '')
      .send(file ?? index)
  })
}

function readFiles(folder: string): ReadonlyMap<string, Buffer> {
  if (!existsSync(folder)) return new Map()
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .filter((entry) => entry.isFile() && extname(entry.name) in types)
      .map((entry) => {
        const path = join(entry.parentPath, entry.name)
        return [relative(folder, path).split(sep).join('/'), readFileSync(path)]
      }),
  )
}
