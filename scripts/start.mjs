// `npm start`: on a fresh clone this is all there is to do. Arguments go to the server as they are.
import { ensureConsole } from './bootstrap/console.mjs'
import { main, runNode24 } from './bootstrap/node-24.mjs'

await main((args) => {
  ensureConsole()
  return runNode24(['apps/server/src/main.ts', ...args])
})
