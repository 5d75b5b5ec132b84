export const tlps = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const
export const paps = ['CLEAR', 'GREEN', 'AMBER', 'RED'] as const
export type Tlp = (typeof tlps)[number]
export type Pap = (typeof paps)[number]

/** Above GREEN an export, and taking the marking back, wait for a second person. */
export function isBound(marking: Tlp | Pap): boolean {
  return marking !== 'CLEAR' && marking !== 'GREEN'
}

/** Whether what is marked `marking` may be given up to `ceiling`. */
export function isWithin<Marking extends Tlp | Pap>(
  order: readonly Marking[],
  marking: Marking,
  ceiling: Marking,
): boolean {
  return order.indexOf(marking) <= order.indexOf(ceiling)
}
