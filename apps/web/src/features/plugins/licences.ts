/** Licences as somebody typed them, one on each line; each once, in their order. */
export function licencesIn(text: string): string[] {
  return [...new Set(text.split('\n').map((line) => line.trim()))].filter((line) => line !== '')
}
