import type { OutboundAnswer } from './send-request.ts'
import type { UsableSecret } from './place-secret.ts'

/**
 * Takes secrets out of an answer, in every spelling that a host would echo: as it is, in a URL, in JSON, in HTML, in
 * hexadecimal, in UTF-16, and in base64 wherever in it they begin. It is for hosts that repeat what they were sent. One
 * that an administrator trusts with a secret could still tell it in a way of its own; that trust is the binding.
 */
export function maskSecrets(answer: OutboundAnswer, secrets: readonly UsableSecret[]): OutboundAnswer {
  let { body } = answer
  let headers = answer.headers
  for (const secret of secrets) {
    const mark = `[secret ${secret.name}]`
    const spellings = spellingsOf(secret.value)
    for (const spelling of spellings) body = replaceBytes(body, spelling, Buffer.from(mark))
    headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        replaceBytes(Buffer.from(value), spellings, Buffer.from(mark)).toString(),
      ]),
    )
  }
  return { ...answer, headers, body }
}

/** Whether a text holds a secret in any spelling. */
export function holdsSecret(text: string, secrets: readonly UsableSecret[]): boolean {
  const bytes = Buffer.from(text)
  return secrets.some(({ value }) => spellingsOf(value).some((spelling) => bytes.includes(spelling)))
}

function spellingsOf(value: string): readonly Buffer[] {
  const raw = Buffer.from(value)
  const utf16 = Buffer.from(value, 'utf16le')
  const texts = [
    encodeURIComponent(value),
    encodeURIComponent(value).toLowerCase(),
    new URLSearchParams([['', value]]).toString().slice(1),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    raw.toString('hex'),
    raw.toString('hex').toUpperCase(),
    ...[0, 1, 2].flatMap((before) => [
      insideBase64(raw, before, 'base64'),
      insideBase64(raw, before, 'base64url'),
    ]),
  ]
  const all = [raw, utf16, Buffer.from(utf16).swap16(), ...texts.map((text) => Buffer.from(text))]
  // The longest first: a spelling that holds another is not to be left half masked.
  const unlike = new Map(all.map((spelling) => [spelling.toString('latin1'), spelling]))
  return [...unlike.values()].toSorted((a, b) => b.byteLength - a.byteLength)
}

/** The characters that are the secret's alone where it stands behind so many bytes, in blocks of three. */
function insideBase64(raw: Buffer, before: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(before), raw])
    .toString(encoding)
    .replaceAll('=', '')
  const shared = (before + raw.byteLength) % 3 === 0 ? 0 : 1
  return text.slice([0, 2, 3][before], text.length - shared)
}

function replaceBytes(bytes: Buffer, spellings: Buffer | readonly Buffer[], mark: Buffer): Buffer {
  let replaced = bytes
  for (const spelling of [spellings].flat() as readonly Buffer[])
    replaced = replaceOne(replaced, spelling, mark)
  return replaced
}

function replaceOne(bytes: Buffer, spelling: Buffer, mark: Buffer): Buffer {
  let at = bytes.indexOf(spelling)
  if (at < 0) return bytes
  const pieces: Buffer[] = []
  let from = 0
  while (at >= 0) {
    pieces.push(bytes.subarray(from, at), mark)
    from = at + spelling.byteLength
    at = bytes.indexOf(spelling, from)
  }
  pieces.push(bytes.subarray(from))
  return Buffer.concat(pieces)
}
