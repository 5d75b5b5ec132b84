import type { Ceilings } from './handler.ts'

/** Traffic Light Protocol 2.0, from free to secret. */
const tlps = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const
/** Permissible Actions Protocol 2.0, from free to nothing that could be noticed outside. */
const paps = ['CLEAR', 'GREEN', 'AMBER', 'RED'] as const

/** Of two markings the one that tells fewer people; a marking that nobody knows is the strictest. */
export function stricterTlp(a: string, b: string): string {
  return stricter(tlps, a, b)
}
/** The same of permitted actions. */
export function stricterPap(a: string, b: string): string {
  return stricter(paps, a, b)
}

function stricter(markings: readonly string[], a: string, b: string): string {
  const rank = (marking: string): number => {
    const known = markings.indexOf(marking)
    return known < 0 ? markings.length : known
  }
  return rank(a) >= rank(b) ? a : b
}

/** The markings up to and with `ceiling`; none where it is not one. */
export function tlpsWithin(ceiling: string): readonly string[] {
  return tlps.slice(0, tlps.findIndex((one) => one === ceiling) + 1)
}
export function papsWithin(ceiling: string): readonly string[] {
  return paps.slice(0, paps.findIndex((one) => one === ceiling) + 1)
}

/** Whether something so marked and licensed may be shown to a plugin with these ceilings; to people it may. */
export function isWithin(
  ceilings: Ceilings | undefined,
  thing: { readonly tlp: string; readonly pap?: string; readonly licence?: string },
): boolean {
  if (ceilings === undefined) return true
  const { pap, licence } = thing
  return (
    tlpsWithin(ceilings.tlp).includes(thing.tlp) &&
    (pap === undefined || papsWithin(ceilings.pap).includes(pap)) &&
    (licence === undefined || ceilings.licences.includes('*') || ceilings.licences.includes(licence))
  )
}
