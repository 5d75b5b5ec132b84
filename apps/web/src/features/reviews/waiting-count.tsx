import { Chip } from '@mui/material'
import { useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { useDecider } from './use-decider.ts'
import { whyNotApprove } from './who-decides.ts'

const refreshMs = 30_000
const most = 100

/** How many reviews wait, in the menu: for who may decide, those that wait for them. Absent when none does. */
export function WaitingCount() {
  const who = useDecider()
  const mayList = usePermissions()?.get('review.list')?.may === true
  const waiting = useRead('review.list', { status: 'pending', limit: most }, { when: mayList, refreshMs })
  if (waiting.data?.ok !== true) return null
  const { rows } = waiting.data.value
  const counted = who.may === true ? rows.filter((review) => whyNotApprove(review, who) === undefined) : rows
  if (counted.length === 0) return null
  const n = counted.length >= most ? `${most - 1}+` : String(counted.length)
  return (
    <Chip
      size="small"
      color="primary"
      label={n}
      aria-label={who.may === true ? `${n} waiting for you` : `${n} waiting`}
    />
  )
}
