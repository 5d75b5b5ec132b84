/** How many entries a checkpoint speaks of: its second line. 1 where it cannot be read, which no proof then fits. */
export function sizeOf(note: string): number {
  const size = Number(note.split('\n')[1])
  return Number.isSafeInteger(size) && size > 0 ? size : 1
}
