import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

const by = (name: string, expression: string): HostileProgram => ({
  name,
  code: `exports.run = async (args) => { const m = await (${expression}); const fs = m.default || m; return fs.readFileSync ? fs.readFileSync(args.file, 'utf8') : String(m.secret || m) }`,
})
const programs: readonly HostileProgram[] = [
  by('require fs', `require('fs')`),
  by('require node:fs', `require('node:fs')`),
  by('require a file by its path', `require(args.file)`),
  by('require upwards', `require('../'.repeat(40).slice(0, -1) + args.file)`),
  by('require through a folder', `require('./a/../../../../../../../..' + args.file)`),
  by(
    'require what changes while it is read',
    `(() => { let n = 0; return require({ toString() { return n++ ? 'fs' : './index.js' } }) })()`,
  ),
  by('require an engine', `require('isolated-vm')`),
  by('require child_process', `require('child_process')`),
  by('make a require', `require('module').createRequire(args.file)('fs')`),
  by('import fs', `import('fs')`),
  by('import node:fs', `import('node:fs')`),
  by('import a file URL', `import('file://' + args.file)`),
  by('import a data URL', `import('data:text/javascript,import fs from "node:fs";export default fs')`),
  by('process.binding', `process.binding('fs')`),
  {
    name: 'a static import of fs',
    entry: 'index.mjs',
    code: {
      'index.mjs': `import fs from 'node:fs'\nexport const run = (args) => fs.readFileSync(args.file, 'utf8')`,
    },
  },
  {
    name: 'a file called __proto__',
    code: {
      'index.js': `exports.run = () => { const m = require('./__proto__.json'); if (({}).polluted) throw new Error('polluted'); return Object.keys(m) }`,
      '__proto__.json': '{"__proto__":{"polluted":1}}',
    },
  },
]

export const moduleLoading: HostileClass = {
  name: 'loading what is not in the package',
  mechanism: 'require and import see the package alone; nothing is read from disk',
  programs,
  ends: ['threw', 'returned'],
  // The package's own files, which it may read.
  mayReturn: (value) => ['["__proto__"]', '"[object Object]"'].includes(JSON.stringify(value)),
  async control(canaries) {
    const { output } = await runUnprotected(programs[1]?.code as string, canaries)
    if (!canaries.hits(output).includes('the host file was read')) throw new Error(`not read: ${output}`)
    return 'a plain node loads fs and reads the file'
  },
}
