/** Control characters and marks that turn the writing direction. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu

/** The text with what cannot be seen shown instead of obeyed. */
export function visible(text: string): string {
  return text.replaceAll(unseen, (found) =>
    found === '\n' || found === '\t'
      ? found
      : `\u27e8U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`,
  )
}
