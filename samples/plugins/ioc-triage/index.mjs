import { propose } from './propose.mjs'
import { scan } from './scan.mjs'

const mostIndicators = 2000
const mostCitations = 10000

/**
 * Finds indicators in the notes of a case, or in `text` when it is given.
 *
 * @param {{ case?: string, text?: string }} args
 */
export async function run(args, api) {
  const sources = typeof args.text === 'string' ? [pasted(args.text)] : await notesOf(args.case, api)
  const indicators = new Map()
  let citations = 0
  let complete = true
  for (const { text, cite } of sources) {
    for (const { kind, value, start, end, flags } of scan(text).found) {
      const key = `${kind} ${value}`
      const known = indicators.get(key)
      if (citations === mostCitations || (known === undefined && indicators.size === mostIndicators)) {
        complete = false
        continue
      }
      citations++
      const citation = cite(start, end)
      if (known === undefined) indicators.set(key, { kind, value, flags: [...flags], citations: [citation] })
      else {
        known.citations.push(citation)
        for (const flag of flags) if (!known.flags.includes(flag)) known.flags.push(flag)
      }
    }
  }
  const list = [...indicators.values()]
  api.log(`${list.length} indicators, ${citations} citations in ${sources.length} texts`)
  return { ok: true, complete, counts: countsOf(list), indicators: list, ...propose(list) }
}

function pasted(text) {
  return { text, cite: (start, end) => ({ source: 'pasted-text', start, end, text: text.slice(start, end) }) }
}

async function notesOf(id, api) {
  if (typeof id !== 'string') throw new TypeError('Give a case, or text to read.')
  const { notes } = await api.cases.read({ id })
  return notes.map((note) => ({
    text: note.text,
    cite: (start, end) => ({
      source: 'case-note',
      case: id,
      note: note.id,
      start,
      end,
      text: note.text.slice(start, end),
    }),
  }))
}

function countsOf(list) {
  const counts = {}
  for (const { kind } of list) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
