// @ts-check
// Source text of the guest, like guest.js and under its rules. Everything by which two runs of the same code with the
// same answers could differ is fixed here, before plugin code exists: the clock, randomness, the collector, shared memory.

/**
 * @typedef {object} World
 * @property {(seed: string, startMs: number) => void} begin
 * @property {() => number} now milliseconds of the clock that plugin code sees
 * @property {(atMs: number) => void} advance moves the clock, never back
 */

/** @returns {World} */
export function fixWorld() {
  'use strict'
  const global = /** @type {any} */ (globalThis)
  // Shared memory gives high-resolution clocks and memory the limit does not see; the weak ones show when the collector
  // ran; Temporal would be a second clock.
  delete global.SharedArrayBuffer
  delete global.Atomics
  delete global.WebAssembly
  delete global.WeakRef
  delete global.FinalizationRegistry
  delete global.Temporal
  delete global.ShadowRealm

  const { apply, construct, defineProperty, getOwnPropertyDescriptor } = Reflect
  const { create } = Object
  const { imul } = Math
  const parseHex = Number.parseInt
  const NativeDate = Date
  const NativeWeakMap = WeakMap
  const slice = String.prototype.slice
  const weakGet = WeakMap.prototype.get
  const weakSet = WeakMap.prototype.set
  const dateToString = NativeDate.prototype.toString

  /** @param {object} target @param {string} key @param {unknown} value */
  const replace = (target, key, value) => {
    const descriptor = create(null)
    descriptor.value = value
    descriptor.writable = true
    descriptor.configurable = true
    descriptor.enumerable = false
    defineProperty(target, key, descriptor)
  }

  // ---- the clock: it stands still while plugin code runs, so computing never shows how long it took ----

  let nowMs = 0

  /** @this {unknown} @param {any[]} parts */
  function GuestDate(...parts) {
    if (new.target === undefined) return apply(dateToString, new NativeDate(nowMs), [])
    return construct(NativeDate, parts.length === 0 ? [nowMs] : parts, new.target)
  }
  const readOnly = create(null)
  readOnly.value = NativeDate.prototype
  defineProperty(GuestDate, 'prototype', readOnly)
  const named = create(null)
  named.value = 'Date'
  defineProperty(GuestDate, 'name', named)
  const seven = create(null)
  seven.value = 7
  defineProperty(GuestDate, 'length', seven)
  replace(GuestDate, 'UTC', NativeDate.UTC)
  replace(GuestDate, 'parse', NativeDate.parse)
  replace(GuestDate, 'now', () => nowMs)
  replace(NativeDate.prototype, 'constructor', GuestDate)
  replace(global, 'Date', GuestDate)

  // Formatting without a date means "now", which the native one reads from the machine.
  const formats = Intl.DateTimeFormat.prototype
  const nativeFormat = /** @type {() => (date: unknown) => string} */ (
    getOwnPropertyDescriptor(formats, 'format')?.get
  )
  const nativeParts = formats.formatToParts
  const bound = new NativeWeakMap()
  const getter = create(null)
  getter.configurable = true
  getter.enumerable = false
  getter.get = /** @this {Intl.DateTimeFormat} */ function format() {
    const native = apply(nativeFormat, this, [])
    let own = apply(weakGet, bound, [native])
    if (own === undefined) {
      own = (/** @type {unknown} */ date) => native(date === undefined ? nowMs : date)
      apply(weakSet, bound, [native, own])
    }
    return own
  }
  defineProperty(formats, 'format', getter)
  replace(
    formats,
    'formatToParts',
    /** @this {Intl.DateTimeFormat} @param {unknown} date */ function formatToParts(date) {
      return apply(nativeParts, this, [date === undefined ? nowMs : date])
    },
  )

  // ---- randomness: sfc32 (Chris Doty-Humphrey's, of PractRand), 128 bits of state from the run's seed ----

  let a = 0
  let b = 0
  let c = 0
  let counter = 1

  function next32() {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  // 53 bits, as the native one gives.
  replace(Math, 'random', () => ((next32() >>> 5) * 67108864 + (next32() >>> 6)) / 9007199254740992)

  return {
    begin(seed, startMs) {
      nowMs = startMs
      const word = (/** @type {number} */ at) => parseHex(apply(slice, seed, [at * 8, at * 8 + 8]), 16) | 0
      // All 32 bytes take part: the second half is mixed into the first.
      a = word(0) ^ imul(word(4), 0x9e3779b1)
      b = word(1) ^ imul(word(5), 0x85ebca6b)
      c = word(2) ^ imul(word(6), 0xc2b2ae35)
      counter = word(3) ^ imul(word(7), 0x27d4eb2f)
      for (let i = 0; i < 12; i += 1) next32()
    },
    now: () => nowMs,
    advance(atMs) {
      if (atMs > nowMs) nowMs = atMs
    },
  }
}
