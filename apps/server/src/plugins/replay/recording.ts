import { Type } from 'typebox'
import type { Static } from 'typebox'
import { Check } from 'typebox/value'
import { canonicalJson, sha256Hex } from '../../kernel/canonical.ts'

const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** What happened to one brokered call; its number is its place, from 1. */
const RecordedCall = Type.Object({
  method: Type.String(),
  /** SHA-256 of the arguments as canonical JSON; the arguments themselves are not kept, the code makes them again. */
  arguments: sha256,
  answer: Type.Union([
    /** `sha256` is that of the JSON text as the plugin was given it: in canonical form the order of members would be lost. */
    Type.Object({ kind: Type.Union([Type.Literal('allowed'), Type.Literal('denied')]), sha256 }),
    /** The world failed; the plugin was told no more than that. */
    Type.Object({ kind: Type.Literal('failed') }),
    /** The run was over first. */
    Type.Object({ kind: Type.Literal('open') }),
  ]),
})

const RecordedOutput = Type.Object({
  kind: Type.Union([Type.Literal('result'), Type.Literal('denial')]),
  code: Type.Union([Type.String(), Type.Null()]),
  sha256,
})

/** All that is needed to perform a run again, but for the code and the answers, which are kept under their own digests. */
const Recording = Type.Object({
  format: Type.Literal(1),
  run: Type.String(),
  package: Type.String(),
  version: Type.String(),
  digest: sha256,
  entry: Type.String(),
  /** JSON text, as the plugin was given it. */
  input: Type.String(),
  seed: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  startMs: Type.Integer(),
  methods: Type.Array(Type.String()),
  budgets: Type.Object({
    wallMs: Type.Number(),
    cpuMs: Type.Number(),
    memoryMB: Type.Number(),
    calls: Type.Integer(),
    outputBytes: Type.Integer(),
    logBytes: Type.Integer(),
  }),
  calls: Type.Array(RecordedCall),
  deliveries: Type.Array(
    Type.Union([
      Type.Object({ answer: Type.Integer(), atMs: Type.Number() }),
      Type.Object({ timers: Type.Integer() }),
      Type.Object({
        warning: Type.Union([
          Type.Literal('time'),
          Type.Literal('cpu'),
          Type.Literal('memory'),
          Type.Literal('rows'),
        ]),
        used: Type.Number(),
        allowed: Type.Number(),
      }),
    ]),
  ),
  output: RecordedOutput,
})
export type Recording = Static<typeof Recording>
export type RecordedCall = Static<typeof RecordedCall>
export type RecordedOutput = Static<typeof RecordedOutput>

/** @returns undefined for text that is no recording of a format that this server knows. */
export function parseRecording(text: string): Recording | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Check(Recording, value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Names the arguments of a call, whatever the order of their members. */
export function argumentsDigest(args: unknown): string {
  try {
    return sha256Hex(canonicalJson(args))
  } catch {
    // Half a character has no canonical form; JSON.stringify escapes it, and two of the same are the same.
    return sha256Hex(JSON.stringify(args))
  }
}
