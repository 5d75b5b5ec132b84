/** A place in a note as citations give it: UTF-16 offsets, `to` excluded. */
export interface Place {
  readonly from: number
  readonly to: number
}

/** The place that an address names; undefined when it names none that could be in the text. */
export function placeIn(text: string, from: string | null, to: string | null): Place | undefined {
  if (from === null || to === null || !/^\d{1,7}$/.test(from) || !/^\d{1,7}$/.test(to)) return undefined
  const place = { from: Number(from), to: Number(to) }
  return place.from < place.to && place.to <= text.length ? place : undefined
}

/** What stands before, at and after the place; nothing of it is changed, so offsets into the whole stay true. */
export function splitAt(
  text: string,
  { from, to }: Place,
): readonly [before: string, marked: string, after: string] {
  return [text.slice(0, from), text.slice(from, to), text.slice(to)]
}
