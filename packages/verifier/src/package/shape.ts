import { refuse } from './refusal.ts'

/** Checks one value found at a JSON pointer and returns it typed, or refuses the manifest. */
export type Shape<T> = (value: unknown, at: string) => T

type Values<S> = { readonly [K in keyof S]: S[K] extends Shape<infer T> ? T : never }

export function invalid(at: string, detail: string): never {
  return refuse('manifest_invalid', `manifest.json#${at}`, detail)
}

export function text(pattern: RegExp, says: string): Shape<string> {
  return (value, at) =>
    typeof value === 'string' && pattern.test(value) ? value : invalid(at, `It must be ${says}.`)
}

export function integer(min: number, max: number): Shape<number> {
  return (value, at) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : invalid(at, `It must be a whole number from ${min} to ${max}.`)
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Shape<T> {
  return (value, at) =>
    allowed.find((one) => one === value) ?? invalid(at, `It must be one of: ${allowed.join(', ')}.`)
}

/** A list without repeated strings. */
export function list<T>(item: Shape<T>, min: number, max: number): Shape<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      return invalid(at, `It must be a list of ${min} to ${max}.`)
    }
    const items = value.map((one, i) => item(one, `${at}/${i}`))
    const seen = items.findIndex((one, i) => typeof one === 'string' && items.indexOf(one) < i)
    return seen < 0 ? items : invalid(`${at}/${seen}`, 'It is there twice.')
  }
}

export function anyObject(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return invalid(at, 'It must be an object.')
  // A JSON object: string keys, unknown values.
  return value as Readonly<Record<string, unknown>>
}

/** An object with these keys and no others. */
export function record<R extends Record<string, Shape<unknown>>, O extends Record<string, Shape<unknown>>>(
  required: R,
  optional: O,
): Shape<Values<R> & Partial<Values<O>>> {
  const shapes = new Map([...Object.entries(required), ...Object.entries(optional)])
  return (value, at) => {
    const object = anyObject(value, at)
    const missing = Object.keys(required).find((key) => !Object.hasOwn(object, key))
    if (missing !== undefined) invalid(`${at}/${missing}`, 'It is missing.')
    const read = Object.entries(object).map(([key, member]) => {
      const shape = shapes.get(key)
      const place = `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      return [key, shape === undefined ? invalid(place, 'There is no such key.') : shape(member, place)]
    })
    // Exactly the keys of both tables, each through its shape.
    return Object.fromEntries(read) as Values<R> & Partial<Values<O>>
  }
}
