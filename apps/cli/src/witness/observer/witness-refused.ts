/** An expected no of the witness's own: a folder it must not use, a key or note that is wrong. */
export class WitnessRefused extends Error {
  override readonly name = 'WitnessRefused'
  readonly code: string
  /** The file, folder or option it is about. */
  readonly where: string

  constructor(code: string, where: string, message: string) {
    super(message)
    this.code = code
    this.where = where
  }
}
