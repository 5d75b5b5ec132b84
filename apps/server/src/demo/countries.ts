import { readFileSync } from 'node:fs'
import { npmData } from './npm-data.ts'

export interface Country {
  /** ISO 3166-1 alpha-2, or a code reserved there in practice. */
  readonly code: string
  readonly name: string
  readonly native: string
  readonly continent: string
  readonly capital: string
  readonly currencies: readonly string[]
  readonly languages: readonly string[]
  readonly callingCodes: readonly string[]
}

interface Listed {
  readonly name: string
  readonly native: string
  readonly continent: string
  readonly capital: string
  readonly currency: readonly string[]
  readonly languages: readonly string[]
  readonly phone: readonly number[]
}

/** The countries of countries-list, ascending by code. */
export function countries(): readonly Country[] {
  const file = readFileSync(npmData('countries-list').path('countries.min.json'), 'utf8')
  const listed = JSON.parse(file) as Record<string, Listed>
  return Object.entries(listed)
    .map(([code, country]) => ({
      code,
      name: country.name,
      native: country.native,
      continent: country.continent,
      capital: country.capital,
      currencies: country.currency,
      languages: country.languages,
      callingCodes: country.phone.map((digits) => `+${digits}`),
    }))
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
}
