/** Half-open, milliseconds. */
export interface Period {
  readonly fromAt: number
  readonly toAt: number
}

/** The manifest's sums over what happened, as it writes them. */
export interface PerfCost {
  readonly bytesIn: string
  readonly bytesOut: string
  readonly calls: number
  readonly costMicros: string
  readonly cpuMicros: string
  readonly rows: number
  readonly runs: number
  readonly wallMicros: string
}

const intent = 2
const outcome = 3

/** Adds up receipts. An intent only says what was about to happen, so it counts for nothing. */
export function createPerfCost(period: Period | undefined) {
  const sums = { calls: 0, rows: 0, runs: 0 }
  const wide = {
    bytesIn: wideSum(72),
    bytesOut: wideSum(80),
    wallMicros: wideSum(88),
    cpuMicros: wideSum(96),
    costMicros: wideSum(104),
  }

  return {
    /** @param shift where byte 0 of the entry would be in `bytes`. */
    add(bytes: Uint8Array, shift: number, isRun: boolean): void {
      const phase = bytes[60 + shift]
      if (phase === intent) return
      if (period !== undefined) {
        const at = uint32(bytes, 52 + shift) * 2 ** 32 + uint32(bytes, 56 + shift)
        if (at < period.fromAt || at >= period.toAt) return
      }
      sums.calls += uint32(bytes, 64 + shift)
      sums.rows += uint32(bytes, 68 + shift)
      if (isRun && phase === outcome) sums.runs += 1
      for (const sum of Object.values(wide)) sum.add(bytes, shift)
    },
    sums(): PerfCost {
      const texts = Object.entries(wide).map(([name, sum]) => [name, sum.text()])
      // One text for each sum of `wide`.
      return { ...sums, ...(Object.fromEntries(texts) as Record<keyof typeof wide, string>) }
    },
  }
}

/** Sums halves of 32 bits: exact for two million receipts, and an addition of bigints costs ten times as much. */
function wideSum(offset: number) {
  let high = 0
  let low = 0
  return {
    add(bytes: Uint8Array, shift: number): void {
      high += uint32(bytes, offset + shift)
      low += uint32(bytes, offset + shift + 4)
    },
    text: () => String(BigInt(high) * 0x1_0000_0000n + BigInt(low)),
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) * 0x100_0000 +
    ((bytes[at + 1] ?? 0) << 16) +
    ((bytes[at + 2] ?? 0) << 8) +
    (bytes[at + 3] ?? 0)
  )
}
