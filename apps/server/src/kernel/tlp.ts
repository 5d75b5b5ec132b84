/** Traffic Light Protocol 2.0, from free to secret. */
const order = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED']

/** Of two markings the one that tells fewer people; a marking that nobody knows is the strictest. */
export function stricterTlp(a: string, b: string): string {
  const rank = (tlp: string): number => (order.includes(tlp) ? order.indexOf(tlp) : order.length)
  return rank(a) >= rank(b) ? a : b
}
