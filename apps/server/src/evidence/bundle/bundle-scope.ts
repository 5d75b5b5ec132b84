import type { DenialsOf, OperationByName, Outcome } from '@switchboard/api'

/** What every question about a bundle may be answered. */
export type BundleOutcome<T> = Outcome<T, DenialsOf<OperationByName<'evidence.preview'>>>

/** Half-open, milliseconds. */
export interface Period {
  readonly fromAt: number
  readonly toAt: number
}

/** What a bundle is about. */
export type BundleScope = {
  readonly organisation: string
  /** Belongs to the bundle although nothing may lead to it: the intent of the export itself. A preview has none. */
  readonly exportIntent?: string | undefined
} & (
  | { readonly kind: 'case'; readonly case: string; readonly period?: Period | undefined }
  | { readonly kind: 'release'; readonly release: Release; readonly period?: undefined }
  | { readonly kind: 'period'; readonly period: Period }
)

/** One version of a package. */
export interface Release {
  readonly name: string
  readonly version: string
}

/** As the manifest says it. */
export function scopeOf(scope: BundleScope): Readonly<Record<string, unknown>> {
  switch (scope.kind) {
    case 'case':
      return { case: scope.case, ...scope.period }
    case 'release':
      return { release: `${scope.release.name}@${scope.release.version}` }
    case 'period':
      return { ...scope.period }
  }
}
