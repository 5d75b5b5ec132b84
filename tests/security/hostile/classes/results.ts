import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

const by = (name: string, body: string): HostileProgram => ({
  name,
  code: `exports.run = async (args, api) => { ${body} }`,
})
/** What a getter would do if the host read it. */
const steal = `(() => { try { return process.env.SWITCHBOARD_CANARY } catch { return 'nothing' } })()`
const programs: readonly HostileProgram[] = [
  by('a getter', `return { get x() { return ${steal} } }`),
  by(
    'a proxy',
    `return new Proxy({}, { ownKeys: () => ['x'], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }), get: () => ${steal} })`,
  ),
  by('toJSON', `return { toJSON() { return ${steal} } }`),
  by('toJSON without end', 'const o = { toJSON: () => [o] }; return o'),
  by('a cycle', 'const o = {}; o.o = o; return o'),
  by('100 MB of text', `return 'x'.repeat(1e8)`),
  by('ten million numbers', 'return new Uint8Array(1e7)'),
  by('nested 100,000 deep', 'let o = []; for (let i = 0; i < 1e5; i += 1) o = [o]; return o'),
  by('nested 1,000 deep', 'let o = []; for (let i = 0; i < 1e3; i += 1) o = [o]; return o'),
  by('half a surrogate', `return { '\\udfff': '\\ud800' }`),
  by('a BigInt', 'return 1n'),
  by('a symbol', 'return Symbol("x")'),
  by('a function', 'return function () {}'),
  by('nothing', 'return undefined'),
  by('no number', 'return [NaN, Infinity, -0]'),
  by('a wrong date', 'return new Date(NaN)'),
  by(
    'a key __proto__',
    `return JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')`,
  ),
  by(
    'a thenable that settles twice',
    'return { then(resolve, reject) { resolve(1); resolve(2); reject(new Error("3")) } }',
  ),
  by('a thenable of thenables', 'return { then(r) { r({ then(r2) { r2({ get x() { return 1 } }) } }) } }'),
  by('a revoked proxy', 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return [proxy]'),
  by('stringify replaced', `JSON.stringify = () => '{"forged":' ; return { a: 1 }`),
]

export const results: HostileClass = {
  name: 'results that attack who reads them',
  mechanism:
    'serialised inside the isolate with functions taken before, then parsed within limits as plain JSON',
  programs,
  budgets: { wallMs: 30_000, cpuMs: 8_000, memoryMB: 64, outputBytes: 100_000 },
  ends: ['returned', 'threw', 'exceeded', 'result_invalid'],
  mayReturn: (value) => {
    const text = JSON.stringify(value)
    return !text.includes('forged') && text.length < 100_000
  },
  async control(canaries) {
    const { output } = await runUnprotected(programs[0]?.code as string, canaries)
    if (!canaries.hits(output).includes('the environment was read')) throw new Error(`not read: ${output}`)
    return 'a host that serialises the object itself runs its getter, which reads the environment'
  },
}
