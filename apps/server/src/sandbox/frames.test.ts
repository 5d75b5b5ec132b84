import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFrameReader, encodeFrame, ProtocolViolation } from './frames.ts'

const roomy = () => ({ header: 4096, body: 65_536 })

test('frames come out as they went in, wherever the stream is cut', () => {
  const frames = fc.array(fc.record({ n: fc.integer(), body: fc.string({ unit: 'binary' }) }), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 40 }), (sent, step) => {
      const stream = Buffer.concat(sent.map(({ n, body }) => encodeFrame({ n }, body)))
      const heard: unknown[] = []
      const read = createFrameReader(roomy, ({ header, body }) =>
        heard.push({ header, body: body.toString('utf8') }),
      )
      for (let at = 0; at < stream.length; at += step) read(stream.subarray(at, at + step))
      assert.deepEqual(
        heard,
        sent.map(({ n, body }) => ({ header: { n }, body: Buffer.from(body).toString('utf8') })),
      )
    }),
    { numRuns: 60 },
  )
})

test('a frame over its limit is refused at its length, before its bytes arrive', () => {
  for (const [header, body] of [
    [5000, 0],
    [10, 70_000],
    [0xffffffff, 0xffffffff],
  ] as const) {
    const prefix = Buffer.alloc(8)
    prefix.writeUInt32BE(header, 0)
    prefix.writeUInt32BE(body, 4)
    assert.throws(() => createFrameReader(roomy, () => {})(prefix), ProtocolViolation)
  }
})

test('a header that is not JSON is refused without quoting it', () => {
  const frame = encodeFrame({ t: 'x' }, '')
  frame.write('secret!', 8)
  assert.throws(
    () => createFrameReader(roomy, () => {})(frame),
    (error) => error instanceof ProtocolViolation && !error.message.includes('secret'),
  )
})

test('the start of a frame is copied as it comes: of what was read for it nothing is held', () => {
  const heard: string[] = []
  const read = createFrameReader(roomy, ({ body }) => heard.push(body.toString('utf8')))
  // Every byte comes in the same piece of memory, as a socket may give it again once it was read.
  const piece = Buffer.alloc(1)
  for (const byte of Buffer.concat([encodeFrame({ n: 1 }, 'first'), encodeFrame({ n: 2 }, 'second')])) {
    piece[0] = byte
    read(piece)
  }
  assert.deepEqual(heard, ['first', 'second'])
})
