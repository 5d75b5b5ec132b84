import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

/** The first run leaves something, the second looks for it; both in the same trust domain, often the same process. */
const by = (name: string, leave: string, look: string): HostileProgram => ({
  name,
  twice: true,
  code: `exports.run = async (args, api) => {
  if (args.phase === 1) { ${leave}; return [] }
  const found = await (${look})
  return found === undefined ? [] : ['left over']
}`,
})
const programs: readonly HostileProgram[] = [
  by('a global', `globalThis.left = 1`, `globalThis.left`),
  by('a property of Object.prototype', `Object.prototype.left = 1`, `({}).left`),
  by('a registered symbol', `Symbol.for('left').constructor.prototype.left = 1`, `Symbol.for('left').left`),
  by('JSON replaced', `JSON.left = 1; JSON.parse = () => 1`, `JSON.left`),
  by(
    'Promise replaced',
    `Promise.prototype.left = 1; globalThis.Promise = class {}`,
    `Promise.prototype.left`,
  ),
  by('a prototype of a function', `Function.prototype.left = () => 1`, `(() => {}).left`),
  by(
    'the api',
    `try { api.left = 1 } catch {} try { api.graph.left = 1 } catch {} try { Object.getPrototypeOf(api.log).left = 1 } catch {}`,
    `api.left || api.graph.left || api.log.left`,
  ),
  by('the console', `console.left = 1; console.log = () => {}`, `console.left`),
  by(
    'a module',
    `module.left = 1; require.left = 1; exports.left = 1`,
    `module.left || require.left || exports.left`,
  ),
  by(
    'a timer that goes on',
    `setTimeout(() => { globalThis.left = 1 }, 5)`,
    `sleep(30).then(() => globalThis.left)`,
  ),
  by(
    'a call that is still open',
    `api.graph.search({}).then(() => { globalThis.left = 1 })`,
    `api.graph.search({}).then(() => globalThis.left)`,
  ),
  by('a hook for stack traces', `Error.prepareStackTrace = () => 'left'; Error.left = 1`, `Error.left`),
  by('the array iterator', `Array.prototype[Symbol.iterator].left = 1`, `[][Symbol.iterator].left`),
  by('regular expressions', `/(left)/.exec('left')`, `RegExp.$1 === 'left' ? 1 : undefined`),
]

export const sharedGlobals: HostileClass = {
  name: 'leaving something for the next run',
  mechanism: 'a fresh isolate for each run',
  programs,
  ends: ['returned'],
  mayReturn: (value) => JSON.stringify(value) === '[]',
  async control(canaries) {
    let kept = 0
    for (const program of programs.slice(0, 3)) {
      const { output } = await runUnprotected(program.code as string, canaries, { phases: 2 })
      if (output.includes('result 2 ["left over"]')) kept += 1
    }
    if (kept < 3) throw new Error(`only ${kept} of 3 found what they had left`)
    return `${kept} of 3 find it in a realm that is used again`
  },
}
