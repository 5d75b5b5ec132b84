/** A run of plain text, or one character that would not be seen, as its code point: `U+202E`. */
export type Piece = { readonly kind: 'text' | 'unseen'; readonly text: string }

/**
 * What a reader would not see, or that would move what they see: controls, marks of direction, line ends of all kinds, fillers,
 * tags, lone surrogates, characters that no font has, and every space but the ordinary one.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu

/** Longer texts are cut: a name of a megabyte hides the verdict as well as any mark does. */
const shownUnits = 1000

/** Splits text out of a file that nobody vouches for yet, so that each of its characters can be seen. */
export function visiblePieces(text: string): readonly Piece[] {
  const cut = cutAt(text)
  const pieces: Piece[] = []
  let from = 0
  for (const { 0: character, index } of cut.matchAll(unseen)) {
    if (index > from) pieces.push({ kind: 'text', text: cut.slice(from, index) })
    const code = character.codePointAt(0) ?? 0
    pieces.push({ kind: 'unseen', text: `U+${code.toString(16).toUpperCase().padStart(4, '0')}` })
    from = index + character.length
  }
  if (from < cut.length) pieces.push({ kind: 'text', text: cut.slice(from) })
  if (cut.length < text.length) {
    const left = (text.length - cut.length).toLocaleString('en')
    pieces.push({ kind: 'unseen', text: `… and ${left} more characters` })
  }
  return pieces
}

/** As one string, for places that hold no elements, such as an accessible name. */
export function visibleText(text: string): string {
  return visiblePieces(text)
    .map((piece) => (piece.kind === 'text' ? piece.text : `[${piece.text}]`))
    .join('')
}

function cutAt(text: string): string {
  if (text.length <= shownUnits) return text
  const last = text.charCodeAt(shownUnits - 1)
  // Never between the halves of a pair: the half would be shown as a surrogate that the file does not have.
  const isFirstHalf = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, isFirstHalf ? shownUnits - 1 : shownUnits)
}
