import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

const by = (name: string, body: string): HostileProgram => ({
  name,
  code: `exports.run = async (args) => { const url = 'http://127.0.0.1:' + args.port + '/'; ${body}; await sleep(20); return 'sent' }`,
})
const programs: readonly HostileProgram[] = [
  by('fetch', 'await fetch(url)'),
  by('XMLHttpRequest', `const x = new XMLHttpRequest(); x.open('GET', url); x.send()`),
  by('WebSocket', `new WebSocket(url.replace('http', 'ws'))`),
  by('EventSource', 'new EventSource(url)'),
  by('navigator.sendBeacon', 'navigator.sendBeacon(url)'),
  by('importScripts', 'importScripts(url)'),
  by('a worker', 'new Worker(url)'),
  by('an image', 'new Image().src = url'),
  by('net', `require('net').connect(args.port, '127.0.0.1')`),
  by('http', `require('http').get(url)`),
  by('import over http', 'await import(url)'),
]

export const network: HostileClass = {
  name: 'reaching the network',
  mechanism: 'an isolate without any I/O, in a network namespace or behind a filter without sockets',
  programs,
  ends: ['threw'],
  async control(canaries) {
    const { output } = await runUnprotected(programs[0]?.code as string, canaries)
    if (!canaries.hits(output).includes('the listener was reached')) throw new Error(`not reached: ${output}`)
    return 'a plain node connects to the listener'
  },
}
