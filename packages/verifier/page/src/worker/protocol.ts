import type {
  BundleReport,
  Growth,
  GrowthReport,
  PackageRefusal,
  PublisherKey,
  ReceiptPath,
  ReceiptReport,
} from '../../../src/index.ts'

export type EvidenceKind = 'bundle' | 'receipt' | 'package'

/** The file as it was read. */
export interface Evidence {
  readonly kind: EvidenceKind
  readonly bytes: number
  /** Hex, of the whole file. */
  readonly sha256: string
}

/** A root of trust that the reader gave, never the file. */
export type Root =
  | {
      readonly kind: 'log_key' | 'witness_key'
      readonly name: string
      readonly id: string
      readonly vkey: string
    }
  | { readonly kind: 'publisher_key'; readonly name: string; readonly id: string; readonly pem: string }
  | {
      readonly kind: 'checkpoint'
      /** The log's origin. */
      readonly name: string
      readonly id: string
      readonly note: string
    }

export interface RootsRead {
  readonly roots: readonly Root[]
  /** What of the text is no root, a sentence each. */
  readonly problems: readonly string[]
}

/** All that is trusted, in a form that can be handed to a worker. */
export interface GivenTrust {
  readonly logKeys: readonly string[]
  readonly witnessKeys: readonly string[]
  readonly witnessesNeeded: number
  readonly publisherKeys: readonly PublisherKey[]
  readonly savedCheckpoints: readonly string[]
}

/** One bit of the file that is turned before it is verified, and turned back afterwards. */
export interface Flip {
  readonly offset: number
  /** 0 is the lowest. */
  readonly bit: number
}

export interface FlippedPlace extends Flip {
  /** `section group/0/fixed`, `line 7`; what lies at the offset when nothing is turned. */
  readonly where: string
  readonly before: number
  readonly after: number
}

export interface PackageReport {
  readonly ok: true
  readonly name: string
  readonly version: string
  readonly what: 'plugin' | 'data'
  readonly title: string | undefined
  readonly licence: string | undefined
  readonly publisher: string
  readonly keyId: string
  readonly digest: string
  readonly asks: { readonly required: readonly string[]; readonly optional: readonly string[] }
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
}

export type RefusedPackage = PackageRefusal & { readonly rule: string }

export type Verdict = { readonly tookMs: number; readonly flipped: FlippedPlace | undefined } & (
  | { readonly kind: 'bundle'; readonly report: BundleReport }
  | { readonly kind: 'receipt'; readonly report: ReceiptReport }
  | { readonly kind: 'package'; readonly report: PackageReport | RefusedPackage }
)

export interface Tally {
  readonly flips: number
  readonly wanted: number
  readonly red: number
  /** Flips after which the file was still green: there must be none. */
  readonly unseen: readonly FlippedPlace[]
  /** Rule of the first red finding of each flip, and how often. */
  readonly rules: readonly { readonly rule: string; readonly flips: number; readonly example: string }[]
  readonly tookMs: number
}

/** What the page asks of the verifier, and what it answers. `sha256` says which file the page shows. Each question is answered once; a tally reports on the way. */
export interface Questions {
  readonly load: { readonly ask: { readonly file: Blob }; readonly answer: Evidence }
  readonly roots: {
    readonly ask: { readonly text: string; readonly name: string | undefined }
    readonly answer: RootsRead
  }
  readonly verify: {
    readonly ask: { readonly sha256: string; readonly trust: GivenTrust; readonly flip: Flip | undefined }
    readonly answer: Verdict
  }
  /** The way from a receipt to the checkpoint, hash by hash, as the file has it; proves nothing without a verdict. */
  readonly trace: { readonly ask: { readonly file: Blob }; readonly answer: ReceiptPath | undefined }
  /** Whether a log only grew since a checkpoint that somebody kept. */
  readonly growth: {
    readonly ask: { readonly saved: string; readonly said: Growth; readonly logKeys: readonly string[] }
    readonly answer: GrowthReport
  }
  readonly tally: {
    readonly ask: {
      readonly sha256: string
      readonly trust: GivenTrust
      readonly flips: number
      readonly seed: number
    }
    readonly answer: Tally
  }
}

export type QuestionName = keyof Questions

export type Request = {
  [Name in QuestionName]: { readonly id: number; readonly name: Name; readonly ask: Questions[Name]['ask'] }
}[QuestionName]

export type Reply =
  | { readonly id: number; readonly state: 'answered'; readonly answer: unknown }
  | { readonly id: number; readonly state: 'under_way'; readonly tally: Tally }
  | { readonly id: number; readonly state: 'failed'; readonly message: string }
