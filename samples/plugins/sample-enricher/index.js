'use strict'

// The smallest useful plugin: ask the graph, score what comes back, return it. The manifest also lists cases and
// nl2cypher. Neither is used here, so the plugin runs whether or not they are granted: only a call can be denied.
module.exports.run = async function (args, api) {
  const found = await api.graph.search({ q: args.q, limit: 10 })
  const results = found.map((entity) => ({
    id: entity.id,
    type: entity.type,
    name: entity.name,
    score: Math.random(),
  }))
  results.sort((a, b) => b.score - a.score)
  return { ok: true, results }
}
