/** The demonstration's own identities: labelled, never a person, never the visitor. */
export const demoPeople = {
  administrator: { name: 'Demo administrator', roles: ['administrator', 'finops'] },
  analyst: { name: 'Demo analyst', roles: ['analyst'] },
  reviewer: { name: 'Demo reviewer', roles: ['reviewer', 'auditor'] },
} as const
export type DemoPerson = keyof typeof demoPeople

export const demoOrganisationName = 'Demonstration'
