// Analysts break indicators so that nobody clicks them: 1.2.3[.]4, hxxp[:]//, name[at]host[dot]test. This undoes it, in one pass,
// and remembers where each character came from, so that a citation points at the text as it was written.

const closers = { '[': ']', '(': ')', '{': '}' }
const inner = [
  ['.', '.'],
  ['dot', '.'],
  ['@', '@'],
  ['at', '@'],
  ['://', '://'],
  [':', ':'],
  ['/', '/'],
]
const longestInner = 3

// Characters that look like others or like nothing. Each maps to what a reader takes it for.
const lookalikes = new Map([
  [0x3002, '.'],
  [0xff0e, '.'],
  [0xff61, '.'],
  [0x2010, '-'],
  [0x2011, '-'],
])
const invisible = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/
const allInvisible = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g

/**
 * @param {string} text
 * @param {{ steps: number }} work counts characters looked at
 * @returns {{ text: string, startOf: Int32Array, endOf: Int32Array }} refanged text; for each of its characters, where the
 *   written form of it starts and ends in the original
 */
export function refang(text, work) {
  const startOf = new Int32Array(text.length)
  const endOf = new Int32Array(text.length)
  const pieces = []
  let copiedTo = 0
  let length = 0

  const copy = (to) => {
    if (to > copiedTo) pieces.push(text.slice(copiedTo, to))
    for (; copiedTo < to; copiedTo++, length++) {
      startOf[length] = copiedTo
      endOf[length] = copiedTo + 1
    }
  }
  const replace = (from, to, characters) => {
    copy(from)
    pieces.push(characters)
    for (let at = 0; at < characters.length; at++, length++) {
      startOf[length] = from
      endOf[length] = to
    }
    copiedTo = to
  }

  for (let at = 0; at < text.length; at++) {
    work.steps++
    const code = text.charCodeAt(at)
    // Nearly everything is an ordinary character below "[" other than "(".
    if (code < 0x5b && code !== 0x28) continue
    if (code === 0x5b || code === 0x28 || code === 0x7b) {
      work.steps += inner.length * longestInner
      const found = broken(text, at)
      if (found === null) continue
      const from = Math.max(copiedTo, found.spaced && text[at - 1] === ' ' ? at - 1 : at)
      replace(from, found.spaced && text[found.end] === ' ' ? found.end + 1 : found.end, found.characters)
      at = copiedTo - 1
    } else if (code === 0x5c && text[at + 1] === '.') {
      replace(at, at + 2, '.')
      at++
    } else if (code > 0x7f) {
      const likeness = lookalikes.get(code)
      if (likeness !== undefined) replace(at, at + 1, likeness)
      else if (invisible.test(text[at])) replace(at, at + 1, '')
    }
  }
  copy(text.length)
  return { text: pieces.join(''), startOf, endOf }
}

/** The text without characters that nobody sees. */
export function withoutInvisible(text) {
  return invisible.test(text) ? text.replaceAll(allInvisible, '') : text
}

/** Reads a bracketed separator at `at`, with at most one space inside each bracket. */
function broken(text, at) {
  let from = at + 1
  if (text[from] === ' ') from++
  const word = text.slice(from, from + longestInner).toLowerCase()
  for (const [written, characters] of inner) {
    if (!word.startsWith(written)) continue
    let end = from + written.length
    if (text[end] === ' ') end++
    if (text[end] !== closers[text[at]]) continue
    // "name [at] host": the spaces belong to the separator. "(://)" with spaces would be prose.
    return { characters, end: end + 1, spaced: characters === '.' || characters === '@' }
  }
  return null
}
