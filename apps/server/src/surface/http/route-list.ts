import type { FastifyInstance } from 'fastify'

/** Remembers which methods each path answers, for OPTIONS and for "another method would do". */
export function createRouteList(app: FastifyInstance) {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = url
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replaceAll('.', '\\.')))
    routes.push({ pattern: new RegExp(`^${pattern.join('/')}$`), methods: [method].flat() })
  })
  return {
    methodsOf: (path: string): readonly string[] => [
      ...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods)),
    ],
  }
}
