/** A field's name as a heading: words apart, without the ending that only tells the unit. */
export function labelOf(field: string): string {
  const words = field
    .replace(/(?<=[a-z])(Micros|At|Id)$/, '')
    .replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter}`)
  return /[a-z] [A-Z]/.test(words) ? words.toLowerCase() : words
}
