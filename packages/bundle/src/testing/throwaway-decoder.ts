import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import type { AnyJson } from './any-json.ts'

/** What a decoder that knows only the text of docs/reference/evidence-bundle.md finds in a file. */
export interface Decoded {
  readonly manifest: AnyJson
  readonly names: readonly string[]
  readonly raw: ReadonlyMap<string, Buffer>
  readonly groups: readonly {
    readonly log: number
    readonly form: string
    readonly receipts: readonly DecodedReceipt[]
  }[]
  readonly export: AnyJson
  readonly trailer: AnyJson
  /** Root of each log, from its known leaves, the given subtrees and its multiproof. */
  readonly roots: readonly string[]
}

export interface DecodedReceipt {
  readonly index: number
  /** 304 bytes; of a folded receipt the fixed 108. */
  readonly entry: Buffer
  readonly leaf: Buffer
  readonly opened: Readonly<Record<string, { readonly salt: Buffer; readonly json: string }>>
}

const sha = (...pieces: readonly Uint8Array[]): Buffer => {
  const digest = createHash('sha256')
  for (const piece of pieces) digest.update(piece)
  return digest.digest()
}

/** Reads a bundle with none of the writer's code: a second reading of the format, for tests of the writer. */
export function decode(file: Buffer): Decoded {
  expect(file.subarray(0, 8).equals(Buffer.from('SBUNDLE\x02', 'latin1')), 'begins with the magic')
  expect(file.subarray(-8).equals(file.subarray(0, 8)), 'ends with the magic')
  const end = file.length - 12
  const start = end - file.readUInt32BE(end)
  const layout = JSON.parse(file.toString('utf8', start, end)) as { sections: AnyJson[] }
  const raw = new Map<string, Buffer>()
  let at = 8
  for (const { bytes, encoding, name, raw: length, sha256 } of layout.sections) {
    const stored = file.subarray(at, at + bytes)
    at += bytes
    expect(sha(stored).toString('hex') === sha256, `digest of ${name}`)
    const inflated = encoding === 'deflate' ? inflateRawSync(stored) : stored
    expect(inflated.length === length, `length of ${name}`)
    raw.set(name, inflated)
  }
  expect(at === start, 'the lengths add up')
  const json = (name: string): AnyJson => JSON.parse(raw.get(name)?.toString('utf8') ?? 'null')
  const groups: { log: number; form: string; receipts: DecodedReceipt[] }[] = []
  for (let g = 0; raw.has(`group/${g}/head`); g += 1) groups.push(group(g, raw, json(`group/${g}/head`)))
  const [manifest, exported, trailer] = [json('manifest'), json('export'), json('trailer')]
  const known = groups.map(({ log, receipts }) => ({
    log,
    leaves: receipts.map(({ index, leaf }) => [index, leaf] as const),
  }))
  const entry = Buffer.from(exported.entry, 'base64')
  known.push({ log: exported.log, leaves: [[exported.index, sha(Buffer.of(0), entry)]] })
  const subtrees = [...raw.keys()]
    .filter((name) => name.startsWith('document/'))
    .flatMap((name) => {
      const { name: document } = manifest.documents[Number(name.slice(9))]
      const statement = document.startsWith('statement/') ? json(name) : {}
      return statement.kind === 'prune'
        ? statement.ranges.flatMap((r: AnyJson) =>
            r.subtrees.map((s: AnyJson) => ({ ...s, origin: statement.log })),
          )
        : []
    })
  const roots = manifest.logs.map((log: AnyJson, place: number) => {
    const { proof, checkpoint } = trailer.logs[place]
    const leaves = new Map(known.filter((each) => each.log === place).flatMap((each) => each.leaves))
    const given = new Map<string, string>(
      subtrees.filter((s) => s.origin === log.origin).map((s) => [`${s.from} ${s.to}`, s.root]),
    )
    return multiproof(leaves, given, proof, Number(checkpoint.split('\n')[1]))
  })
  return {
    manifest,
    names: layout.sections.map(({ name }) => name),
    raw,
    groups,
    export: exported,
    trailer,
    roots,
  }
}

function group(
  g: number,
  raw: ReadonlyMap<string, Buffer>,
  head: { count: number; form: string; log: number },
) {
  const column = (name: string): Buffer => raw.get(`group/${g}/${name}`) ?? Buffer.alloc(0)
  const indices = varints(column('index'))
  expect(indices.length === head.count, 'an index for each receipt')
  const fixed = column('fixed')
  const lengths = [16, 16, 16, 8, 1, 1, 1, 1, 4, 4, 8, 8, 8, 8, 8]
  const parts = ['actor', 'subject', 'policy', 'place', 'input', 'output']
  const places = parts.map(() => ({ open: 0, closed: 0 }))
  const values = parts.map((part) => texts(column(`${part}/values`)))
  const refs = parts.map((part) => varints(column(`${part}/value`)))
  let index = 0
  const receipts = indices.map((step, i): DecodedReceipt => {
    index += step
    let offset = 0
    const fields = lengths.map((length) => {
      const field = fixed.subarray(offset + i * length, offset + (i + 1) * length)
      offset += head.count * length
      return field
    })
    if (head.form === 'folded')
      return {
        index,
        entry: Buffer.concat(fields),
        leaf: column('leaf').subarray(32 * i, 32 * i + 32),
        opened: {},
      }
    const opened: Record<string, { salt: Buffer; json: string }> = {}
    const commitments = parts.map((part, p) => {
      const place = places[p] ?? { open: 0, closed: 0 }
      if ((((column(`${part}/opened`)[i >> 3] ?? 0) >> (i & 7)) & 1) === 0) {
        place.closed += 1
        return column(`${part}/commitment`).subarray(32 * place.closed - 32, 32 * place.closed)
      }
      const salt = column(`${part}/salt`).subarray(32 * place.open, 32 * place.open + 32)
      const value = values[p]?.[refs[p]?.[place.open] ?? -1] ?? ''
      place.open += 1
      opened[part] = { salt, json: value }
      return sha(Buffer.from('switchboard/part/v1\0', 'latin1'), Buffer.of(p + 1), salt, Buffer.from(value))
    })
    const entry = Buffer.concat([Buffer.from('SBR\x01', 'latin1'), ...fields, ...commitments])
    const leaf = sha(Buffer.of(0), entry)
    expect(
      leaf.subarray(0, 4).equals(column('check').subarray(4 * i, 4 * i + 4)),
      `check of receipt ${index}`,
    )
    return { index, entry, leaf, opened }
  })
  return { log: head.log, form: head.form, receipts }
}

function multiproof(
  leaves: ReadonlyMap<number, Buffer>,
  subtrees: ReadonlyMap<string, string>,
  proof: readonly string[],
  size: number,
): string {
  const rest = [...proof]
  const starts = [...leaves.keys(), ...[...subtrees.keys()].map((range) => Number(range.split(' ')[0]))]
  const visit = (from: number, to: number): Buffer => {
    const subtree = subtrees.get(`${from} ${to}`)
    if (subtree !== undefined) return Buffer.from(subtree, 'base64')
    if (!starts.some((index) => index >= from && index < to)) {
      const next = rest.shift()
      expect(next !== undefined, 'the proof has a hash where one is needed')
      return Buffer.from(next ?? '', 'base64')
    }
    if (to - from === 1) return leaves.get(from) ?? Buffer.alloc(0)
    let k = 1
    while (k * 2 < to - from) k *= 2
    return sha(Buffer.of(1), visit(from, from + k), visit(from + k, to))
  }
  const root = visit(0, size)
  expect(rest.length === 0, 'the proof is used up')
  return root.toString('base64')
}

function varints(bytes: Buffer): readonly number[] {
  const values: number[] = []
  let value = 0
  let scale = 1
  for (const byte of bytes) {
    value += (byte & 127) * scale
    scale *= 128
    if (byte > 127) continue
    values.push(value)
    value = 0
    scale = 1
  }
  return values
}

function texts(bytes: Buffer): readonly string[] {
  const found: string[] = []
  for (let at = 0; at < bytes.length;) {
    let length = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at] ?? 0
      at += 1
      length += (byte & 127) * scale
      if (byte < 128) break
    }
    found.push(bytes.toString('utf8', at, at + length))
    at += length
  }
  return found
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`)
}
