import { Button } from '@mui/material'
import { Link, useLocation } from 'react-router'
import { EmptyState } from '../parts/empty-state.tsx'
import { Page } from '../parts/page.tsx'

export function NotFoundPage() {
  const { pathname } = useLocation()
  return (
    <Page title="There is no such page">
      <EmptyState
        says={`Nothing is at ${pathname.slice(0, 200)}.`}
        next={
          <Button component={Link} to="/" variant="contained">
            Go to the start
          </Button>
        }
      />
    </Page>
  )
}
