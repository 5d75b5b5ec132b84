import type { Json, JsonObject } from './canonical-json.ts'

type Maybe = Json | undefined

export function isObject(value: Maybe): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: Maybe): value is readonly Json[] {
  return Array.isArray(value)
}

export function isText(value: Maybe): value is string {
  return typeof value === 'string'
}

export function isTexts(value: Maybe): value is readonly string[] {
  return isList(value) && value.every(isText)
}

export function isOptionalText(value: Maybe): boolean {
  return value === undefined || isText(value)
}

/** A whole number from 0 to 2^53 - 1. */
export function isCount(value: Maybe): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

export function isSha256Hex(value: Maybe): value is string {
  return isText(value) && /^[0-9a-f]{64}$/.test(value)
}

/** A whole number as a decimal string, without leading zeros. */
export function isDecimal(value: Maybe): value is string {
  return isText(value) && /^(?:0|[1-9][0-9]{0,39})$/.test(value)
}

/** Whether the object has these members and no others. */
export function hasExactly(object: JsonObject, names: readonly string[]): boolean {
  return Object.keys(object).length === names.length && names.every((name) => Object.hasOwn(object, name))
}
