import { Skeleton, Stack } from '@mui/material'

/** The shape of a page before its content: heading, lead, cards. */
export function PageSkeleton() {
  return (
    <Stack spacing={3} role="status" aria-busy="true" aria-label="Loading">
      <Skeleton variant="rounded" width="40%" height={36} />
      <Skeleton variant="rounded" width="70%" height={20} />
      <Skeleton variant="rounded" height={160} />
      <Skeleton variant="rounded" height={160} />
    </Stack>
  )
}
