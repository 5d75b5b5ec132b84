/** Bytes that are no bundle, or one that was damaged. `where` names the section, or the part of the file. */
export class BundleUnreadable extends Error {
  readonly where: string

  constructor(where: string, problem: string) {
    super(`${where}: ${problem}`)
    this.where = where
  }
}
