import { Box, Button } from '@mui/material'
import { Link, useLocation } from 'react-router'

const pages = [
  ['/evidence', 'Receipts'],
  ['/evidence/bundle', 'Bundle'],
  ['/evidence/verify', 'Verify'],
  ['/evidence/logs', 'Logs'],
] as const

/** The pages of this area: links, for each has an address of its own. */
export function EvidenceNav() {
  const { pathname } = useLocation()
  return (
    <Box
      component="nav"
      aria-label="Evidence"
      sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5, borderBottom: 1, borderColor: 'divider', pb: 0.5 }}
    >
      {pages.map(([path, label]) => {
        const here = path === pathname
        // A receipt is one of the receipts.
        const within = path === '/evidence' && pathname.startsWith('/evidence/receipts/')
        return (
          <Button
            key={path}
            component={Link}
            to={path}
            size="small"
            color={here || within ? 'primary' : 'inherit'}
            aria-current={here ? 'page' : within ? 'true' : undefined}
            sx={
              here ? { textDecoration: 'underline', textUnderlineOffset: 8, textDecorationThickness: 2 } : {}
            }
          >
            {label}
          </Button>
        )
      })}
    </Box>
  )
}
