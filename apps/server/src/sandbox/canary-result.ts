/** One way out, tried inside the jail and, as the positive control, without it. */
export interface CanaryResult {
  readonly canary: string
  /**
   * `held`: refused in the jail, and it succeeded outside. `escaped`: it succeeded in the jail. `unproven`: it failed outside
   * as well, so that the jail has shown nothing.
   */
  readonly verdict: 'held' | 'escaped' | 'unproven'
}
