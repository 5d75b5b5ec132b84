import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

/** Takes what a host's global object offers; throws where there is none. */
const plunder = String.raw`
function plunder(found, args) {
  const host = found && found.process ? found : undefined
  if (host === undefined) throw new Error('no host here')
  const secret = host.process.env.SWITCHBOARD_CANARY
  const fs = host.process.getBuiltinModule('fs')
  fs.writeFileSync(args.marker, 'x')
  return [secret, fs.readFileSync(args.file, 'utf8')]
}
`
const by = (name: string, expression: string): HostileProgram => ({
  name,
  code: `${plunder}exports.run = async (args, api) => plunder(await (${expression}), args)`,
})

const programs: readonly HostileProgram[] = [
  by('globalThis', 'globalThis'),
  by('this of a sloppy function', '(function () { return this })()'),
  by('Function constructor', `Function('return this')()`),
  by('indirect eval', `(0, eval)('this')`),
  by('constructor of an array', `[].constructor.constructor('return this')()`),
  by('constructor of the arguments', `args.constructor.constructor('return this')()`),
  by(
    'constructor of api.log',
    `(() => {}).constructor.call(null, 'return this')() && api.log.constructor('return this')()`,
  ),
  by('constructor of an api method', `api.graph.search.constructor('return this')()`),
  by(
    'constructor of what a call resolves to',
    `api.graph.search({}).then((a) => a.constructor.constructor('return this')())`,
  ),
  by('constructor of a call promise', `api.graph.search({}).constructor.constructor('return this')()`),
  by('constructor of an async function', `(async () => {}).constructor('return this')()`),
  by('constructor of a generator', `(function* () {}).constructor('return this')().next().value`),
  by(
    'constructor of an async generator',
    `(async function* () {}).constructor('yield this')().next().then((n) => n.value)`,
  ),
  by(
    'constructor of a refusal',
    `api.graph.search({ q: 'refuse' }).catch((e) => e.constructor.constructor('return this')())`,
  ),
  by(
    'constructor of a thrown host error',
    `(() => { try { require('./none') } catch (e) { return e.constructor.constructor('return this')() } })()`,
  ),
  by('constructor of console.log', `console.log.constructor('return this')()`),
  by('constructor of setTimeout', `setTimeout.constructor('return this')()`),
  by('this of a timer', `new Promise((r) => setTimeout(function () { r(this) }, 1))`),
  by(
    'require and its properties',
    `[require, require.main, require.cache, module.parent, module.constructor].find((x) => x && x.process)`,
  ),
  by(
    'frames of a stack trace',
    `(() => { let seen; Error.prepareStackTrace = (e, frames) => { seen = frames.map((f) => [f.getThis && f.getThis(), f.getFunction && f.getFunction()]).flat(); return '' }; new Error().stack; return (seen || []).find((x) => x && x.process) || (seen || []).map((f) => { try { return f && f.constructor('return this')() } catch { return undefined } }).find((x) => x && x.process) })()`,
  ),
  by(
    'callers of a sloppy function',
    `(() => { let found; function f() { let c = f.caller, n = 0; while (c && n++ < 50) { try { const g = c.constructor('return this')(); if (g.process) found = g } catch {} c = c.caller } } f(); return found })()`,
  ),
  {
    name: 'import.meta of a module',
    entry: 'index.mjs',
    code: {
      'index.mjs': `${plunder}export async function run(args) { const m = import.meta; return plunder(m.env ? { process: m } : m.constructor?.constructor?.('return this')?.(), args) }`,
    },
  },
]

export const hostGlobals: HostileClass = {
  name: 'reaching the host by its objects',
  mechanism: 'an isolate of its own, into which only strings cross',
  programs,
  ends: ['threw'],
  async control(canaries) {
    let reached = 0
    for (const program of programs.slice(0, 9)) {
      const { output } = await runUnprotected(program.code as string, canaries)
      if (canaries.hits(output).length === 3) reached += 1
    }
    if (reached < 8) throw new Error(`only ${reached} of 9 reached file, environment and disk`)
    return `${reached} of 9 read file and environment and wrote, in a plain node`
  },
}
