import { useEffect, useState } from 'react'
import { dropValue, keepValue, keptValue } from '../../parts/kept-values.ts'
import { withoutSecrets } from './drawn-schema.ts'
import type { DrawnSchema } from './drawn-schema.ts'

type Value = Readonly<Record<string, unknown>>

export interface Draft {
  /** Of the form. */
  readonly value: Value
  /** Of the field for JSON. */
  readonly text: string
}

/**
 * What somebody types for a plugin: it outlives an ended session and a reload of the tab, and the last that was run is
 * kept for this person on this browser. Nothing secret is kept.
 */
export function usePluginDraft(of: {
  readonly user: string
  readonly plugin: string
  readonly drawn: DrawnSchema | undefined
  /** What to begin with, in place of what was typed before. */
  readonly given: unknown
}) {
  const { user, plugin, drawn } = of
  const name = `run-form.${user}.${plugin}`
  const [draft, setDraft] = useState<Draft>(() =>
    isValue(of.given) ? draftOf(of.given) : readDraft(keptValue('tab', name)),
  )
  useEffect(() => {
    // Without fields nobody can say which part of what was typed is a secret; a reload may then cost it.
    const value = drawn === undefined ? {} : (withoutSecrets(drawn, draft.value) as Value)
    const text = drawn === undefined || drawn.secrets.size > 0 ? '' : draft.text
    keepValue('tab', name, { value, text })
  }, [draft, drawn, name])
  const last = keptValue('browser', name)
  return {
    draft,
    setDraft,
    last: isValue(last) ? last : undefined,
    fill: (value: Value) => setDraft(draftOf(value)),
    /** Remembers what was run, and that nothing waits to be run any more. */
    ran(value: unknown) {
      dropValue('tab', name)
      if (drawn === undefined) dropValue('browser', name)
      else keepValue('browser', name, withoutSecrets(drawn, value))
    },
  }
}

function draftOf(value: Value): Draft {
  const { case: _, ...rest } = value
  return { value: rest, text: Object.keys(rest).length === 0 ? '' : JSON.stringify(rest, undefined, 2) }
}

function readDraft(kept: unknown): Draft {
  if (!isValue(kept)) return { value: {}, text: '' }
  return {
    value: isValue(kept['value']) ? kept['value'] : {},
    text: typeof kept['text'] === 'string' ? kept['text'] : '',
  }
}

function isValue(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
