/** The command line cannot be understood; the message says which part and what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
