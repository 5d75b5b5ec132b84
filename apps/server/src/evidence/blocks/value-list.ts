const hexId = /[0-9a-f]{32}$/
/** Stands for the 16 bytes of an id at the end of a text. */
const mark = '\u0001'
const idBytes = 16

/**
 * Values of one width one after the other, turned: first the first bytes of all, then the second ones. Ids begin with
 * the time, and so their first bytes compress.
 */
export function turn(bytes: Uint8Array, width: number): Buffer {
  const count = bytes.length / width
  const turned = Buffer.alloc(bytes.length)
  for (let at = 0, to = 0; at < width; at += 1) {
    for (let value = 0; value < count; value += 1) turned[to++] = bytes[value * width + at] as number
  }
  return turned
}

export function turnBack(turned: Uint8Array, width: number): Buffer {
  return turn(turned, turned.length / width)
}

/** Texts, or null, as JSON, in which an id at the end of a text is only marked; the ids themselves follow in 16 bytes each. */
export function encodeTexts(texts: readonly (string | null)[]): Buffer {
  const ids: Buffer[] = []
  // Where a text holds the mark itself, none is marked: then there are no ids.
  const isMarkable = !texts.some((text) => text?.includes(mark) === true)
  const marked = texts.map((text) => {
    if (!isMarkable || text === null || !hexId.test(text)) return text
    ids.push(Buffer.from(text.slice(-2 * idBytes), 'hex'))
    return text.slice(0, -2 * idBytes) + mark
  })
  const json = Buffer.from(JSON.stringify(marked))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json, turn(Buffer.concat(ids), idBytes)])
}

/** @throws {SyntaxError | RangeError} when `bytes` are not texts. */
export function decodeTexts(bytes: Buffer): readonly (string | null)[] {
  const jsonEnd = 4 + bytes.readUInt32BE(0)
  const marked = JSON.parse(bytes.toString('utf8', 4, jsonEnd)) as readonly (string | null)[]
  const ids = turnBack(bytes.subarray(jsonEnd), idBytes)
  let at = 0
  return marked.map((text) => {
    if (ids.length === 0 || text?.endsWith(mark) !== true) return text
    if (at >= ids.length) throw new RangeError('there are fewer ids than marks')
    at += idBytes
    return text.slice(0, -1) + ids.toString('hex', at - idBytes, at)
  })
}
