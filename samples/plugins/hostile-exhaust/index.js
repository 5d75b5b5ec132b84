'use strict'

// Hostile on purpose. Each way should end as the denial, or the plain error, that the README lists; a way that ends by itself
// without one says so in its result.

const ways = {
  loop: () => {
    for (;;);
  },
  'promise-loop': async () => {
    for (;;) await null
  },
  'timer-loop': async () => {
    for (;;) await new Promise((resolve) => setTimeout(resolve, 0))
  },
  // Costs wall time and no CPU.
  sleep: () => new Promise(() => setTimeout(() => {}, 3600000)),
  regexp: () => /^(a+)+$/.test(`${'a'.repeat(60)}!`),
  bigint: () => {
    let number = 3n
    for (;;) number *= number
  },
  recursion: () => {
    const deeper = (depth) => deeper(depth + 1) + 1
    return deeper(0)
  },
  memory: () => {
    const kept = []
    for (;;) kept.push(Array(10000).fill(kept.length))
  },
  // Off the heap, where a heap limit does not look.
  'array-buffer': () => {
    const kept = []
    for (;;) kept.push(new Uint8Array(16 * 1024 * 1024).fill(1))
  },
  'long-string': () => {
    let text = 'x'.repeat(1024)
    for (;;) text = JSON.stringify(text + text)
  },
  calls: async (api) => {
    for (;;) await api.graph.search({ q: 'a', limit: 1 })
  },
  flood: async (api) => {
    for (let n = 0; n < 100000; n++) api.graph.search({ q: `a${n}`, limit: 1 }).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 100))
    return 'flooded'
  },
  rows: async (api) => {
    for (;;) await api.graph.search({ q: 'a', limit: 1000 })
  },
  argument: (api) => api.graph.search({ q: 'x'.repeat(4 * 1024 * 1024), limit: 1 }),
  log: (api) => {
    for (let n = 0; n < 100000; n++) {
      console.log('l'.repeat(1000))
      console.error('e'.repeat(1000))
      api.log('a'.repeat(1000))
    }
    return 'logged'
  },
  output: () => 'o'.repeat(1024 * 1024),
  cyclic: () => {
    const result = {}
    result.result = result
    return result
  },
  'not-json': () => ({ big: 1n, symbol: Symbol('s'), call: () => 1 }),
  'throw-denial': () => {
    throw Object.assign(new Error('made up'), { code: 'CapabilityDenied', params: {}, change: 'nothing' })
  },
  'throw-odd': () => {
    throw Object.create(null, { message: { get: () => ways.loop() }, code: { value: 'CapabilityDenied' } })
  },
}

module.exports.run = async function (args, api) {
  const perform = ways[args.way]
  if (perform === undefined) throw new TypeError(`Choose a way: ${Object.keys(ways).join(', ')}`)
  return await perform(api)
}
