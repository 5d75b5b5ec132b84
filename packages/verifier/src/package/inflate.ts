/** What an engine says of a raw DEFLATE stream (RFC 1951) that other bytes follow. */
export type Inflated =
  | {
      readonly ok: true
      /** Bytes of the stream; what follows them is not its. */
      readonly consumed: number
      readonly crc: number
      readonly size: number
    }
  | { readonly ok: false; readonly why: 'cut_short' | 'damaged'; readonly consumed: number }

/** Passes on chunks as they come; what `take` throws is thrown on. Two exist: node-inflate.ts and web-inflate.ts. */
export type Inflate = (deflated: Uint8Array, take: (chunk: Uint8Array) => void) => Promise<Inflated>
