import { Chip } from '@mui/material'
import { Icon } from './icons.tsx'
import type { IconName } from './icons.tsx'

type Tone = 'success' | 'error' | 'warning' | 'info' | 'default'
const looks: Readonly<Record<string, readonly [IconName, Tone]>> = {
  // How an effect ended.
  allowed: ['check', 'success'],
  denied: ['cross', 'error'],
  parked: ['clock', 'info'],
  failed: ['warning', 'error'],
  unknown: ['question', 'warning'],
  // Where a run stands.
  queued: ['clock', 'default'],
  running: ['play', 'info'],
  succeeded: ['check', 'success'],
  cancelled: ['cross', 'default'],
  // Where a review stands.
  pending: ['clock', 'info'],
  approved: ['check', 'success'],
  performed: ['check', 'success'],
  expired: ['clock', 'default'],
  // Where a witness or a feed stands.
  witnessed: ['check', 'success'],
  behind: ['clock', 'warning'],
  unreachable: ['warning', 'warning'],
  refused: ['cross', 'error'],
  active: ['play', 'success'],
  paused: ['pause', 'default'],
  // Where a package and what it asks for stand.
  installed: ['check', 'success'],
  'not installed': ['add', 'default'],
  'in quarantine': ['pause', 'error'],
  granted: ['check', 'success'],
  'not granted': ['cross', 'default'],
  set: ['check', 'success'],
  'not set': ['question', 'default'],
}

/** A state as word and shape, never as colour alone. */
export function StateChip({ state }: { readonly state: string }) {
  const [icon, tone] = looks[state] ?? ['question', 'default']
  return <Chip size="small" variant="outlined" color={tone} icon={<Icon name={icon} />} label={state} />
}
