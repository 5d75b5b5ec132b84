const order = ['development', 'reduced', 'full']

/** Whether code that needs a level may run where `reached` is what was proved. Data needs none and never runs. */
export function levelSuffices(needed: string, reached: string): boolean {
  return order.indexOf(needed) >= 0 && order.indexOf(reached) >= order.indexOf(needed)
}

const trustWords = {
  built_in: ['built in', 'It comes with the server.'],
  verified: ['vouched for', 'An administrator of your organisation vouches for this publisher.'],
  pinned: ['key pinned', 'You know who signed, and nobody vouches for them.'],
} as const satisfies Record<string, readonly [string, string]>
export type Trust = keyof typeof trustWords

export function trustLabel(trust: Trust): string {
  return trustWords[trust][0]
}

export function trustMeaning(trust: Trust): string {
  return trustWords[trust][1]
}

export const trusts: readonly Trust[] = ['built_in', 'verified', 'pinned']
