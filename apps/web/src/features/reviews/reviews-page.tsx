import { Button, Stack } from '@mui/material'
import { Link } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Page } from '../../parts/page.tsx'
import { ChoiceFilter } from '../../parts/url-filter.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { ReviewQueue } from './review-queue.tsx'
import { reviewStates, wantedState } from './review-states.ts'

/** The queue of what waits for a second person, decided by single keys or by the mouse. */
export function ReviewsPage() {
  const [status] = useUrlState('status')
  const wanted = wantedState(status)
  const reviews = useRead('review.list', wanted === undefined ? {} : { status: wanted }, {
    refreshMs: 15_000,
  })
  return (
    <Page
      title="Reviews"
      lead="What waits for a second person. Nothing of it has been done; an approval has it performed as who asked, and every rule is asked again."
    >
      <Stack direction="row" spacing={2}>
        <ChoiceFilter name="status" label="Show" all="waiting" choices={reviewStates} />
      </Stack>
      <Answered read={reviews}>
        {({ rows }) => (
          <ReviewQueue
            rows={rows}
            empty={
              <EmptyState
                says={
                  wanted === 'pending'
                    ? 'Nothing waits. Exports and markings above GREEN, ends of legal holds, erasures, retention rules and new log keys come here before they are done.'
                    : 'No review is in this state.'
                }
                next={
                  wanted === undefined ? undefined : (
                    <Button component={Link} to="/reviews?status=all" variant="outlined">
                      Show all reviews
                    </Button>
                  )
                }
              />
            }
          />
        )}
      </Answered>
      <CommandLine
        command={`npx switchboard review list${wanted === undefined ? '' : ` --status ${wanted}`}`}
      />
    </Page>
  )
}
