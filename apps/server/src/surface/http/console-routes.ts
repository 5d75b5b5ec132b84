import { hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { sendNotFound } from './answer.ts'
import { chooseCoding, codings } from './content-coding.ts'
import type { Coding } from './content-coding.ts'

const forEver = 'public, max-age=31536000, immutable'
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}
const suffixes: Readonly<Record<Coding, string>> = { br: '.br', gzip: '.gz' }

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
  // The one policy that may be made lets the verifier's worker start, and nothing else (apps/web/src/verify).
  'trusted-types verifier-worker',
].join('; ')

interface ConsoleFile {
  readonly type: string
  readonly cacheControl: string
  /** As it is, and in each coding that makes it smaller. */
  readonly forms: ReadonlyMap<Coding | undefined, { readonly bytes: Buffer; readonly etag: string }>
}

/**
 * The web console under `/app/`: the files that were built, and compressed, once; read at start. Any other address below
 * it is a page of the console and answers its index.
 *
 * @param folder what the build wrote; without it there is no console, and `/app/` says so as any unknown address does.
 * @returns where people begin: the console, or else what the server can do.
 */
export function addConsoleRoutes(app: FastifyInstance, folder: string | undefined): '/app/' | '/docs' {
  const files = folder === undefined ? new Map<string, ConsoleFile>() : readFiles(folder)
  const index = files.get('index.html')
  const home = index === undefined ? '/docs' : '/app/'
  app.get('/', (_request, reply) => reply.redirect(home))
  if (index === undefined) return home
  // The console writes its start page so, with what it is about behind it.
  app.get('/app', ({ url }, reply) => reply.redirect(`/app/${url.slice('/app'.length)}`))
  app.get<{ Params: { '*': string } }>('/app/*', (request, reply) => {
    const path = request.params['*']
    const file = files.get(path)
    // Answering a page for a script that is gone would run it. Names of operations have dots too, and are pages.
    if (file === undefined && (path.startsWith('assets/') || extname(path) in types))
      return sendNotFound(request, reply)
    const { type, cacheControl, forms } = file ?? index
    const coding = chooseCoding(
      request.headers['accept-encoding'],
      codings.filter((each) => forms.has(each)),
    )
    const form = forms.get(coding)
    if (form === undefined) throw new Error(`${path} was not read at start.`)
    if (forms.size > 1) void reply.header('vary', 'accept-encoding')
    void reply
      .header('content-security-policy', policy)
      .header('cache-control', cacheControl)
      .header('etag', form.etag)
    if (isKnown(request.headers['if-none-match'], form.etag)) return reply.status(304).send()
    if (coding !== undefined) void reply.header('content-encoding', coding)
    return reply.type(type).send(form.bytes)
  })
  return home
}

/** Whether the asker holds this form already. Compared weakly: a proxy on the way may have marked the tag as weak. */
function isKnown(header: string | undefined, etag: string): boolean {
  return (header ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === etag || tag === '*')
}

function readFiles(folder: string): ReadonlyMap<string, ConsoleFile> {
  if (!existsSync(folder)) return new Map()
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .filter((entry) => entry.isFile() && extname(entry.name) in types)
      .map((entry) => {
        const file = join(entry.parentPath, entry.name)
        const path = relative(folder, file).split(sep).join('/')
        return [path, readForms(file, path)]
      }),
  )
}

function readForms(file: string, path: string): ConsoleFile {
  const plain = readFileSync(file)
  const forms = new Map<Coding | undefined, { bytes: Buffer; etag: string }>()
  for (const coding of [undefined, ...codings]) {
    const form = coding === undefined ? file : `${file}${suffixes[coding]}`
    if (!existsSync(form)) continue
    const bytes = coding === undefined ? plain : readFileSync(form)
    if (coding === undefined || bytes.length < plain.length)
      forms.set(coding, { bytes, etag: `"${hash('sha256', bytes, 'base64url').slice(0, 22)}"` })
  }
  return {
    type: types[extname(path)] ?? 'application/octet-stream',
    cacheControl: path.startsWith('assets/') ? forEver : 'no-cache',
    forms,
  }
}
