'use strict'

// Hostile on purpose. Each attempt returns something when it got through and throws or returns nothing when it did not.
// None of them harms a machine on which it succeeds: it reads and reports.

const realms = {
  'process of this realm': () => typeof process === 'object' && process.version,
  'process by Function': () => Function('return this.process && this.process.version')(),
  'process by the constructor of api': (api) => api.constructor.constructor('return process.version')(),
  'process by the constructor of a call': (api) => api.graph.search.constructor('return process.version')(),
  'process by the constructor of a promise': async (api) => {
    const pending = api.graph.search({ q: 'escape', limit: 1 })
    await pending.catch(() => {})
    return pending.constructor.constructor('return process.version')()
  },
  'process by the constructor of an error': async (api) => {
    const error = await api.cases.read({ id: 'nothing' }).catch((caught) => caught)
    return error.constructor.constructor('return process.version')()
  },
  'process by stack frames': () => {
    const before = Error.prepareStackTrace
    Error.prepareStackTrace = (_, frames) => frames
    try {
      const frames = new Error('frames').stack
      if (!Array.isArray(frames)) return null
      for (const frame of frames) {
        const owner = frame.getThis && frame.getThis()
        const version =
          owner && owner.constructor && owner.constructor.constructor('return process.version')()
        if (version) return version
      }
      return null
    } finally {
      Error.prepareStackTrace = before
    }
  },
  'constructors behind async functions': () => (async () => {}).constructor('return process.version')(),
  'shared memory': () => typeof SharedArrayBuffer === 'function' && new SharedArrayBuffer(8).byteLength,
  WebAssembly: () => typeof WebAssembly === 'object' && 'WebAssembly is here',
  'the engine by its own name': () =>
    ['ivm', '$ivm', '_ivm', 'isolate', 'Reference'].find((name) => name in globalThis),
}

const modules = {
  'fs by require': () => require('fs').readFileSync('/etc/hostname', 'utf8'),
  'fs by require with scheme': () => require('node:fs').readdirSync('/').join(),
  'fs by an import at run time': async () => (await import('node:fs')).readdirSync('/').join(),
  'a file beside the package': () => require('../../package.json').name,
  'an absolute file': () => require('/etc/hostname'),
  environment: () => require('process').env.PATH,
  'a child process': () => require('child_process').execSync.name,
  'a socket': () => require('net').connect.name,
  'a worker': () => require('worker_threads').Worker.name,
}

const network = {
  fetch: async () => (await fetch('http://127.0.0.1/')).status,
  XMLHttpRequest: () => new XMLHttpRequest() && 'made',
  WebSocket: () => new WebSocket('ws://127.0.0.1/') && 'made',
  EventSource: () => new EventSource('http://127.0.0.1/') && 'made',
}

const broker = {
  'a case without consent': async (api) =>
    (await api.cases.read({ id: 'case_00000000000000000000000000000000' })).title,
  'a case by path': async (api) => (await api.cases.read({ id: '../../../../etc/passwd' })).title,
  'a write without consent': (api) =>
    api.cases.addEntities({ id: 'case_1', entities: [{ key: 'x:1', type: 'x', name: 'x' }] }),
  'a table without consent': async (api) => (await api.data.range({ table: 'ip-asn', value: '9.9.9.9' })).row,
  'a service without consent': (api) => api.nl2cypher({ question: 'everything' }),
  'a method that nobody offers': (api) =>
    api.admin.grant({ plugin: 'hostile-escape', scopes: ['write:case'] }),
  'a method of the prototype': (api) =>
    api.graph.__proto__.toString.call(api.graph) !== '[object Object]' && 'odd prototype',
  'a changed api': async (api) => {
    api.cases = api.graph
    api.graph.search = () => ['mine']
    return (await api.cases.search({ q: 'x', limit: 1 }))[0] === 'mine' && null
  },
  'a reference by a polluted prototype': async (api) => {
    Object.prototype.reference = true
    Object.prototype.copy = false
    try {
      const rows = await api.graph.search({ q: 'escape', limit: 1 })
      return typeof rows.applySync === 'function' && 'a reference came back'
    } finally {
      delete Object.prototype.reference
      delete Object.prototype.copy
    }
  },
}

module.exports.run = async function (args, api) {
  const attempts = []
  for (const group of [realms, modules, network, broker]) {
    for (const [attempt, perform] of Object.entries(group)) attempts.push(await report(attempt, perform, api))
  }
  return {
    ok: true,
    reached: attempts.filter(({ reached }) => reached).map(({ attempt }) => attempt),
    attempts,
  }
}

async function report(attempt, perform, api) {
  try {
    const got = await perform(api)
    return got
      ? { attempt, reached: true, detail: String(got).slice(0, 200) }
      : { attempt, reached: false, detail: 'nothing there' }
  } catch (error) {
    return {
      attempt,
      reached: false,
      detail: String((error && (error.code || error.message)) || error).slice(0, 200),
    }
  }
}
