/**
 * Writes the WebAssembly text of `packages/verifier/src/hashing/lanes-module.ts`: SHA-256 (FIPS 180-4) of four messages at
 * once, one in each 32-bit lane of a SIMD vector, and the assembly of the messages that receipts are made of.
 */

/** Fixed places in the module's memory; what the caller puts there begins at `heap`. */
export const memoryMap = {
  /** 64 round constants, 4 bytes each. */
  constants: 0,
  /** 8 vectors: the state of four hashes. */
  state: 256,
  /** Round constant plus schedule of one block of four messages, 16 bytes for each round. */
  work: 512,
  /** Four messages, one behind the other. */
  scratch: 32_768,
  /** Bytes from one message to the next: 64 blocks, and room to write beyond the last. */
  stride: 4_224,
  /** The same as `work`, for each block that four messages share. */
  shared: 65_536,
  heap: 131_072,
} as const

const roundConstants = cubeRootFractions(64)
const initialState = squareRootFractions(8)
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const
const { state, work, scratch, stride, shared } = memoryMap

/** The bytes of `SHA-256`'s tables follow from its definition, so that no table was copied wrong from anywhere. */
function squareRootFractions(count: number): number[] {
  return primes(count).map((prime) => fraction(BigInt(prime), 2n))
}
function cubeRootFractions(count: number): number[] {
  return primes(count).map((prime) => fraction(BigInt(prime), 3n))
}
function primes(count: number): number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n)
  return found
}
/** The first 32 bits of the fraction of the n-th root of a prime. */
function fraction(prime: bigint, n: bigint): number {
  const scaled = prime << (32n * n)
  let low = 0n
  let high = 1n << 64n
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if (middle ** n <= scaled) low = middle
    else high = middle - 1n
  }
  return Number(BigInt.asUintN(32, low))
}

const get = (name: string) => `(local.get $${name})`
const add = (...terms: readonly string[]): string => terms.reduce((sum, term) => `(i32x4.add ${sum} ${term})`)
const xor = (...terms: readonly string[]): string => terms.reduce((sum, term) => `(v128.xor ${sum} ${term})`)
const rotated = (name: string, by: number): string =>
  `(v128.or (i32x4.shr_u ${get(name)} (i32.const ${by})) (i32x4.shl ${get(name)} (i32.const ${32 - by})))`
const shifted = (name: string, by: number): string => `(i32x4.shr_u ${get(name)} (i32.const ${by}))`
const set = (name: string, value: string): string => `(local.set $${name} ${value})`

/** One round; which local plays which part turns with the round, so that nothing is moved. */
function round(number: number, input: string): string {
  const local = (part: number) => names[(part - number + 64) % 8] ?? 'a'
  const [a, b, c, d, e, f, g, h] = names.map((_, part) => local(part)) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const choose = xor(get(g), `(v128.and ${get(e)} ${xor(get(f), get(g))})`)
  // Majority is choice by where a and b differ.
  const majority = xor(get(b), `(v128.and ${xor(get(a), get(b))} ${xor(get(b), get(c))})`)
  return [
    set('t', add(get(h), input, choose, xor(rotated(e, 6), rotated(e, 11), rotated(e, 25)))),
    set(d, add(get(d), get('t'))),
    set(h, add(get('t'), majority, xor(rotated(a, 2), rotated(a, 13), rotated(a, 22)))),
  ].join('\n')
}

/** The 16 words that follow, in the place of those before. */
function schedule(): string {
  const words = Array.from({ length: 16 }, (_, i) => i)
  const word = (i: number) => `w${i % 16}`
  return words
    .map((i) => {
      const small0 = xor(rotated(word(i + 1), 7), rotated(word(i + 1), 18), shifted(word(i + 1), 3))
      const small1 = xor(rotated(word(i + 14), 17), rotated(word(i + 14), 19), shifted(word(i + 14), 10))
      return set(word(i), add(get(word(i)), small0, get(word(i + 9)), small1))
    })
    .join('\n')
}

/** Byte order of the message to that of the lanes, within each 32-bit word. */
const swapped = (name: string): string =>
  `(i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 ${get(name)} ${get(name)})`

const shuffleWords = (
  x: string,
  y: string,
  [a, b, c, d]: readonly [number, number, number, number],
): string => {
  const bytes = [a, b, c, d].flatMap((word) => [0, 1, 2, 3].map((byte) => word * 4 + byte))
  return `(i8x16.shuffle ${bytes.join(' ')} ${x} ${y})`
}

/** Turns four vectors by the diagonal: word *i* of vector *j* becomes word *j* of vector *i*. */
function transpose(from: readonly string[], to: readonly string[]): string {
  const [p = '', q = '', r = '', s = ''] = from
  const low = (x: string, y: string) => shuffleWords(get(x), get(y), [0, 4, 1, 5])
  const high = (x: string, y: string) => shuffleWords(get(x), get(y), [2, 6, 3, 7])
  return [
    set('x0', low(p, q)),
    set('x1', low(r, s)),
    set('x2', high(p, q)),
    set('x3', high(r, s)),
    set(to[0] ?? '', shuffleWords(get('x0'), get('x1'), [0, 1, 4, 5])),
    set(to[1] ?? '', shuffleWords(get('x0'), get('x1'), [2, 3, 6, 7])),
    set(to[2] ?? '', shuffleWords(get('x2'), get('x3'), [0, 1, 4, 5])),
    set(to[3] ?? '', shuffleWords(get('x2'), get('x3'), [2, 3, 6, 7])),
  ].join('\n')
}

const vectors = (locals: readonly string[]): string =>
  locals.map((local) => `(local $${local} v128)`).join(' ')
const words16 = Array.from({ length: 16 }, (_, i) => `w${i}`)
const loadState = names.map((name, i) => set(name, `(v128.load (i32.const ${state + i * 16}))`)).join('\n')
const addToState = names
  .map(
    (name, i) =>
      `(v128.store (i32.const ${state + i * 16}) ${add(get(name), `(v128.load (i32.const ${state + i * 16}))`)})`,
  )
  .join('\n')

/** Works out constants plus schedule of one block of each of four messages, `at` bytes behind their beginnings. */
function prepare(): string {
  const load = [0, 1, 2, 3].map((part) => {
    const rows = ['r0', 'r1', 'r2', 'r3']
    const loads = rows.map((row, lane) => {
      const load = `(v128.load offset=${scratch + lane * stride + part * 16} ${get('at')})`
      return `${set('t', load)} ${set(row, swapped('t'))}`
    })
    return [...loads, transpose(rows, words16.slice(part * 4, part * 4 + 4))].join('\n')
  })
  const store = words16
    .map((word, i) => {
      const sum = add(get(word), `(v128.load32_splat offset=${i * 4} ${get('k')})`)
      return `(v128.store offset=${work + i * 16} (i32.shl ${get('k')} (i32.const 2)) ${sum})`
    })
    .join('\n')
  return `
  (func $prepare (param $at i32) (local $k i32)
    ${vectors([...words16, 't', 'r0', 'r1', 'r2', 'r3', 'x0', 'x1', 'x2', 'x3'])}
    ${load.join('\n')}
    (loop $again
      ${store}
      (local.set $k (i32.add (local.get $k) (i32.const 64)))
      (if (i32.lt_u (local.get $k) (i32.const 256))
        (then ${schedule()} (br $again)))))`
}

/** The 64 rounds of four blocks, whose constants plus schedule lie at `at`. Apart from the schedule, so that all it works with is in registers. */
function rounds(): string {
  const all = words16.map((_, i) => round(i, `(v128.load offset=${i * 16} ${get('at')})`)).join('\n')
  return `
  (func $rounds (param $at i32) (local $end i32)
    ${vectors([...names, 't'])}
    (local.set $end (i32.add (local.get $at) (i32.const 1024)))
    ${loadState}
    (loop $again
      ${all}
      (local.set $at (i32.add (local.get $at) (i32.const 256)))
      (br_if $again (i32.lt_u (local.get $at) (local.get $end))))
    ${addToState})
  (func $compress (param $at i32)
    (call $prepare (local.get $at))
    (call $rounds (i32.const ${work})))`
}

/** Round constants and schedule of the block at `from` in the first message, added up, to `to`. */
function prepareShared(): string {
  const wordAt = (back: number) =>
    `(i32.load (i32.sub (i32.add (local.get $to) (i32.shl (local.get $i) (i32.const 4))) (i32.const ${back * 16})))`
  const rotate = (local: string, by: number) => `(i32.rotr (local.get $${local}) (i32.const ${by}))`
  const shift = (local: string, by: number) => `(i32.shr_u (local.get $${local}) (i32.const ${by}))`
  const mix = (local: string, [a, b, c]: readonly [number, number, number]) =>
    `(i32.xor (i32.xor ${rotate(local, a)} ${rotate(local, b)}) ${shift(local, c)})`
  const here = '(i32.add (local.get $to) (i32.shl (local.get $i) (i32.const 4)))'
  return `
  (func $swap (param $x i32) (result i32)
    (i32.or
      (i32.and (i32.rotl (local.get $x) (i32.const 8)) (i32.const 0x00ff00ff))
      (i32.and (i32.rotr (local.get $x) (i32.const 8)) (i32.const 0xff00ff00))))
  (func $prepare_shared (param $from i32) (param $to i32) (local $i i32) (local $x i32) (local $y i32)
    (loop $words
      (v128.store ${here} (i32x4.splat (call $swap (i32.load (i32.add (local.get $from) (i32.shl (local.get $i) (i32.const 2)))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $words (i32.lt_u (local.get $i) (i32.const 16))))
    (loop $more
      (local.set $x ${wordAt(15)})
      (local.set $y ${wordAt(2)})
      (v128.store ${here} (i32x4.splat (i32.add
        (i32.add ${wordAt(16)} ${mix('x', [7, 18, 3])})
        (i32.add ${wordAt(7)} ${mix('y', [17, 19, 10])}))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const 64))))
    (local.set $i (i32.const 0))
    (loop $constants
      (v128.store ${here} (i32x4.add (v128.load ${here}) (v128.load32_splat (i32.shl (local.get $i) (i32.const 2)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $constants (i32.lt_u (local.get $i) (i32.const 64)))))`
}

const begin = `
  (func $begin
    ${initialState
      .map(
        (word, i) =>
          `(v128.store (i32.const ${state + i * 16}) (i32x4.splat (i32.const 0x${word.toString(16)})))`,
      )
      .join('\n')})`

/** Writes the four digests to four places. */
function finish(): string {
  const outs = ['out0', 'out1', 'out2', 'out3']
  const half = (first: number) => {
    const loaded = ['r0', 'r1', 'r2', 'r3'].map((row, i) =>
      set(row, `(v128.load (i32.const ${state + (first + i) * 16}))`),
    )
    const stores = outs.map((out, lane) => {
      return `(v128.store offset=${first * 4} (local.get $${out}) ${swapped(`r${lane}`)})`
    })
    return [...loaded, transpose(['r0', 'r1', 'r2', 'r3'], ['r0', 'r1', 'r2', 'r3']), ...stores].join('\n')
  }
  return `
  (func $finish ${outs.map((out) => `(param $${out} i32)`).join(' ')}
    ${vectors(['r0', 'r1', 'r2', 'r3', 'x0', 'x1', 'x2', 'x3'])}
    ${half(0)}
    ${half(4)})`
}

/** The n-th word of a list, for lane 0 to 3; beyond the end the last one again. */
const laneIndex = `
  (func $lane_index (param $i i32) (param $lane i32) (param $n i32) (result i32) (local $x i32)
    (local.set $x (i32.add (local.get $i) (local.get $lane)))
    (if (result i32) (i32.lt_u (local.get $x) (local.get $n))
      (then (local.get $x))
      (else (i32.sub (local.get $n) (i32.const 1)))))
  (func $word (param $list i32) (param $i i32) (result i32)
    (i32.load (i32.add (local.get $list) (i32.shl (local.get $i) (i32.const 2)))))
  (func $copy32 (param $from i32) (param $to i32)
    (v128.store (local.get $to) (v128.load (local.get $from)))
    (v128.store offset=16 (local.get $to) (v128.load offset=16 (local.get $from))))`

const lanes = [0, 1, 2, 3] as const
const forLanes = (body: (lane: number) => string): string => lanes.map(body).join('\n')
const message = (lane: number) => scratch + lane * stride

/** Where a part's salt and value begin in its message. */
const saltAt = 21
const valueAt = 53
/** Where commitments begin in a leaf's message, and its length. */
const fieldsAt = 5
const commitmentsAt = 113
const leafBytes = 305
/** Widths of the fixed fields, and how each is copied. */
const fieldWidths = [16, 16, 16, 8, 1, 1, 1, 1, 4, 4, 8, 8, 8, 8, 8] as const
const copies = { 16: 'v128', 8: 'i64', 4: 'i32' } as const

function copyField(lane: number, width: (typeof fieldWidths)[number], before: number, to: number): string {
  const from = `(i32.add (local.get $fixed) (i32.add (i32.mul (local.get $n) (i32.const ${before})) (i32.mul (local.get $row${lane}) (i32.const ${width}))))`
  const target = `(i32.const ${message(lane) + to})`
  if (width === 1) return `(i32.store8 ${target} (i32.load8_u ${from}))`
  return `(${copies[width]}.store ${target} (${copies[width]}.load ${from}))`
}

function leaves(): string {
  const copyFields = (lane: number) => {
    let before = 0
    return fieldWidths
      .map((width) => {
        const copy = copyField(lane, width, before, fieldsAt + before)
        before += width
        return copy
      })
      .join('\n')
  }
  const copyCommitments = (lane: number) =>
    Array.from(
      { length: 6 },
      (_, part) => `(call $copy32
        (i32.add (local.get $commitments) (i32.shl (i32.add (i32.mul (local.get $n) (i32.const ${part})) (local.get $row${lane})) (i32.const 5)))
        (i32.const ${message(lane) + commitmentsAt + part * 32}))`,
    ).join('\n')
  return `
  (func (export "leaves") (param $n i32) (param $fixed i32) (param $commitments i32) (param $out i32)
    (local $i i32) ${forLanes((lane) => `(local $row${lane} i32)`)}
    ${forLanes(
      (lane) => `
      (memory.fill (i32.const ${message(lane)}) (i32.const 0) (i32.const 320))
      (i64.store (i32.const ${message(lane)}) (i64.const 0x0152425300))
      (i32.store8 (i32.const ${message(lane) + leafBytes}) (i32.const 0x80))
      (i32.store (i32.const ${message(lane) + 316}) (call $swap (i32.const ${leafBytes * 8})))`,
    )}
    (loop $again
      ${forLanes((lane) => `(local.set $row${lane} (call $lane_index (local.get $i) (i32.const ${lane}) (local.get $n)))`)}
      ${forLanes((lane) => copyFields(lane))}
      ${forLanes((lane) => copyCommitments(lane))}
      (call $begin)
      ${[0, 1, 2, 3, 4].map((block) => `(call $compress (i32.const ${block * 64}))`).join('\n')}
      (call $finish ${forLanes((lane) => `(i32.add (local.get $out) (i32.shl (local.get $row${lane}) (i32.const 5)))`)})
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get $i) (local.get $n)))))`
}

/** The nodes above 2·n hashes at `from`, to `to`, which may be the same place. */
function nodes(): string {
  return `
  (func (export "nodes") (param $n i32) (param $from i32) (param $to i32)
    (local $i i32) ${forLanes((lane) => `(local $row${lane} i32)`)}
    ${forLanes(
      (lane) => `
      (memory.fill (i32.const ${message(lane)}) (i32.const 0) (i32.const 128))
      (i32.store8 (i32.const ${message(lane)}) (i32.const 1))
      (i32.store8 (i32.const ${message(lane) + 65}) (i32.const 0x80))
      (i32.store (i32.const ${message(lane) + 124}) (call $swap (i32.const 520)))`,
    )}
    (loop $again
      ${forLanes(
        (lane) => `
        (local.set $row${lane} (call $lane_index (local.get $i) (i32.const ${lane}) (local.get $n)))
        (call $copy32 (i32.add (local.get $from) (i32.shl (local.get $row${lane}) (i32.const 6))) (i32.const ${message(lane) + 1}))
        (call $copy32 (i32.add (local.get $from) (i32.add (i32.shl (local.get $row${lane}) (i32.const 6)) (i32.const 32))) (i32.const ${message(lane) + 33}))`,
      )}
      (call $begin)
      (call $compress (i32.const 0))
      (call $compress (i32.const 64))
      (call $finish ${forLanes((lane) => `(i32.add (local.get $to) (i32.shl (local.get $row${lane}) (i32.const 5)))`)})
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get $i) (local.get $n)))))`
}

/** Pads the message of `length` bytes at `at` to `blocks` blocks. What lies behind its last byte is overwritten first. */
const pad = `
  (func $pad (param $at i32) (param $length i32) (param $blocks i32) (local $to i32) (local $end i32)
    (local.set $to (i32.add (local.get $at) (local.get $length)))
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $blocks) (i32.const 6))))
    (loop $again
      (v128.store (local.get $to) (v128.const i32x4 0 0 0 0))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br_if $again (i32.lt_u (local.get $to) (local.get $end))))
    (i32.store8 (i32.add (local.get $at) (local.get $length)) (i32.const 0x80))
    (i32.store (i32.sub (local.get $end) (i32.const 4)) (call $swap (i32.shl (local.get $length) (i32.const 3)))))
  (func $copy (param $from i32) (param $to i32) (param $length i32) (local $end i32)
    (local.set $end (i32.add (local.get $from) (local.get $length)))
    (loop $again
      (v128.store (local.get $to) (v128.load (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br_if $again (i32.lt_u (local.get $from) (local.get $end)))))`

/** Copies tag and part, 21 bytes at `tag`, to the beginning of each message. */
const copyTags = forLanes(
  (lane) => `(memory.copy (i32.const ${message(lane)}) (local.get $tag) (i32.const ${saltAt}))`,
)
const outputs = forLanes(
  (lane) =>
    `(i32.add (local.get $out) (i32.shl (call $word (local.get $rows) (local.get $o${lane})) (i32.const 5)))`,
)
const nextOpened = (lane: number) =>
  `(local.set $o${lane} (call $word (local.get $order) (call $lane_index (local.get $i) (i32.const ${lane}) (local.get $n))))`
const copySalt = (lane: number) =>
  `(call $copy32 (i32.add (local.get $salts) (i32.shl (local.get $o${lane}) (i32.const 5))) (i32.const ${message(lane) + saltAt}))`

/** Commitments of parts whose messages all have `blocks` blocks, each with a value of its own. */
function commitMany(): string {
  return `
  (func (export "commit") (param $n i32) (param $blocks i32) (param $tag i32) (param $order i32) (param $rows i32)
    (param $places i32) (param $starts i32) (param $ends i32) (param $values i32) (param $salts i32) (param $out i32)
    (local $i i32) (local $place i32) (local $length i32) (local $at i32)
    ${forLanes((lane) => `(local $o${lane} i32)`)}
    ${copyTags}
    (loop $again
      ${forLanes(
        (lane) => `
        ${nextOpened(lane)}
        ${copySalt(lane)}
        (local.set $place (call $word (local.get $places) (local.get $o${lane})))
        (local.set $length (i32.sub (call $word (local.get $ends) (local.get $place)) (call $word (local.get $starts) (local.get $place))))
        (call $copy (i32.add (local.get $values) (call $word (local.get $starts) (local.get $place))) (i32.const ${message(lane) + valueAt}) (local.get $length))
        (call $pad (i32.const ${message(lane)}) (i32.add (local.get $length) (i32.const ${valueAt})) (local.get $blocks))`,
      )}
      (call $begin)
      (local.set $at (i32.const 0))
      (loop $block
        (call $compress (local.get $at))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br_if $block (i32.lt_u (local.get $at) (i32.shl (local.get $blocks) (i32.const 6)))))
      (call $finish ${outputs})
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get $i) (local.get $n)))))`
}

/** Commitments of parts with one value, `length` bytes at `value`: its blocks but the first are worked out once. */
function commitShared(): string {
  return `
  (func (export "commit_shared") (param $n i32) (param $blocks i32) (param $tag i32) (param $order i32) (param $rows i32)
    (param $value i32) (param $length i32) (param $salts i32) (param $out i32)
    (local $i i32) (local $at i32)
    ${forLanes((lane) => `(local $o${lane} i32)`)}
    ${copyTags}
    ${forLanes(
      (lane) => `
      (call $copy (local.get $value) (i32.const ${message(lane) + valueAt}) (local.get $length))
      (call $pad (i32.const ${message(lane)}) (i32.add (local.get $length) (i32.const ${valueAt})) (local.get $blocks))`,
    )}
    (local.set $at (i32.const 1))
    (if (i32.gt_u (local.get $blocks) (i32.const 1))
      (then (loop $block
        (call $prepare_shared
          (i32.add (i32.const ${message(0)}) (i32.shl (local.get $at) (i32.const 6)))
          (i32.add (i32.const ${shared}) (i32.shl (local.get $at) (i32.const 10))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $block (i32.lt_u (local.get $at) (local.get $blocks))))))
    (loop $again
      ${forLanes((lane) => `${nextOpened(lane)} ${copySalt(lane)}`)}
      (call $begin)
      (call $compress (i32.const 0))
      (local.set $at (i32.const 1))
      (if (i32.gt_u (local.get $blocks) (i32.const 1))
        (then (loop $block
          (call $rounds (i32.add (i32.const ${shared}) (i32.shl (local.get $at) (i32.const 10))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $block (i32.lt_u (local.get $at) (local.get $blocks))))))
      (call $finish ${outputs})
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get $i) (local.get $n)))))`
}

/** Copies n hashes at `from` to their rows at `to`. */
const scatter = `
  (func (export "scatter") (param $n i32) (param $rows i32) (param $from i32) (param $to i32) (local $i i32)
    (loop $again
      (call $copy32
        (i32.add (local.get $from) (i32.shl (local.get $i) (i32.const 5)))
        (i32.add (local.get $to) (i32.shl (call $word (local.get $rows) (local.get $i)) (i32.const 5))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (local.get $n)))))`

const constantBytes = roundConstants
  .flatMap((word) =>
    [0, 8, 16, 24].map((shift) => `\\${((word >>> shift) & 255).toString(16).padStart(2, '0')}`),
  )
  .join('')

export function lanesWat(): string {
  return `(module
  (memory (export "memory") 3)
  (data (i32.const ${memoryMap.constants}) "${constantBytes}")
  ${prepareShared()}
  ${begin}
  ${prepare()}
  ${rounds()}
  ${finish()}
  ${laneIndex}
  ${pad}
  ${leaves()}
  ${nodes()}
  ${commitMany()}
  ${commitShared()}
  ${scatter})`
}
