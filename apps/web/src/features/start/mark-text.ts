import type { Indicator } from './read-results.ts'

/** A stretch of the text: plain, or a mark with all the indicators that were read in it, outermost first. */
export type Stretch =
  | { readonly kind: 'plain'; readonly text: string }
  | {
      readonly kind: 'mark'
      readonly text: string
      readonly start: number
      readonly indicators: readonly number[]
    }

/**
 * Cuts a text where indicators begin and end. What overlaps, as a URL and the domain in it, is one mark, so that marks never
 * lie in one another; the text itself is not changed, and put together again it is the one that was given.
 *
 * @param note only what was read in this note counts; places that the text does not have are left out.
 */
export function markText(text: string, indicators: readonly Indicator[], note: string): readonly Stretch[] {
  const places = indicators
    .flatMap((indicator, at) => indicator.places.map((place) => ({ ...place, at })))
    .filter((place) => place.note === note && place.start >= 0 && place.end <= text.length)
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
  const stretches: Stretch[] = []
  let done = 0
  for (let next = 0; next < places.length;) {
    const first = places[next]
    if (first === undefined) break
    const { start } = first
    let { end } = first
    const found = new Set<number>()
    for (; next < places.length; next += 1) {
      const place = places[next]
      if (place === undefined || place.start >= end) break
      found.add(place.at)
      end = Math.max(end, place.end)
    }
    if (start > done) stretches.push({ kind: 'plain', text: text.slice(done, start) })
    stretches.push({ kind: 'mark', text: text.slice(start, end), start, indicators: [...found] })
    done = end
  }
  if (done < text.length) stretches.push({ kind: 'plain', text: text.slice(done) })
  return stretches
}
