import { checkOf, type Check, type Rule } from './rules.ts'

export interface Finding {
  readonly severity: 'red' | 'warning'
  /** Line, thing and part: `line 3, receipt 17, part input`. Lines count from 1; receipts are named by log index. */
  readonly where: string
  readonly rule: Rule
  readonly message: string
}

/** More findings than this say nothing more about a file; the rest is counted, not kept. */
const keptFindings = 200

/** Collects findings of one verification and remembers which checks failed. */
export class Findings {
  readonly #kept: Finding[] = []
  readonly #failed = new Set<Check>()
  #left = 0

  red(where: string, rule: Rule, message: string): void {
    this.#failed.add(checkOf(rule))
    this.#keep({ severity: 'red', where, rule, message })
  }

  warn(where: string, rule: Rule, message: string): void {
    this.#keep({ severity: 'warning', where, rule, message })
  }

  failed(...checks: readonly Check[]): boolean {
    return checks.some((check) => this.#failed.has(check))
  }

  get ok(): boolean {
    return this.#failed.size === 0
  }

  list(): readonly Finding[] {
    if (this.#left === 0) return this.#kept
    const message = `${this.#left} more findings are not listed.`
    return [...this.#kept, { severity: 'warning', where: 'whole file', rule: 'findings_truncated', message }]
  }

  #keep(finding: Finding): void {
    if (this.#kept.length < keptFindings) this.#kept.push(finding)
    else this.#left++
  }
}
