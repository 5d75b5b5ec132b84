// `npm run test:security`: hostile programs by class, at each level of the sandbox and as each kind of user.
import { main, runNode24 } from './bootstrap/node-24.mjs'

await main((args) => runNode24(['tests/security/hostile/everywhere.ts', ...args]))
