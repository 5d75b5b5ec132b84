import { isBuiltin } from 'node:module'

// The sandbox is a bare V8: no module of Node is there, whatever it is used for. What to do instead, by what it is for.
const instead: readonly (readonly [readonly string[], string])[] = [
  [
    ['http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns', 'undici'],
    'Name the host in "net" of the manifest: the broker sends requests for a plugin, the plugin opens no connection.',
  ],
  [
    ['fs'],
    'There are no files at run time: import a .json file, which is packed into the code, or look tables up with api.data.',
  ],
  [
    ['child_process', 'worker_threads', 'cluster', 'vm', 'v8', 'inspector', 'module', 'repl', 'sea', 'wasi'],
    'One run is one isolate; nothing else can be started or loaded.',
  ],
  [['process', 'os', 'perf_hooks', 'diagnostics_channel'], 'Nothing of the machine is shown to a plugin.'],
  [['crypto'], 'Bundle a library of plain JavaScript, such as @noble/hashes.'],
  [['zlib'], 'Bundle a library of plain JavaScript, such as fflate.'],
  [['path'], 'npm install path-browserify, and import that.'],
  [['timers'], 'setTimeout and clearTimeout are there without an import, and api.sleep may be.'],
  [
    ['assert', 'buffer', 'events', 'punycode', 'querystring', 'stream', 'string_decoder', 'url', 'util'],
    'The npm package of the same name is plain JavaScript: install it, and import it without "node:".',
  ],
]

/** What to use in place of a module of Node; undefined when the name is none. */
export function insteadOfBuiltin(specifier: string): string | undefined {
  if (!isBuiltin(specifier)) return undefined
  const [name = ''] = specifier.replace(/^node:/, '').split('/')
  return (
    instead.find(([names]) => names.includes(name))?.[1] ??
    'Bundle a library of plain JavaScript that does it.'
  )
}
