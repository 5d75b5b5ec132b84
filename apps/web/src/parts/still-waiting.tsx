import { Typography } from '@mui/material'
import { useEffect, useState } from 'react'

const patienceMs = 5_000

/** Nothing at first; once the server takes longer than people expect, says so, aloud. */
export function StillWaiting() {
  const [isLong, setIsLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), patienceMs)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Typography role="status" color="textSecondary" sx={{ mb: 1, '&:empty': { display: 'none' } }}>
      {isLong ? 'The server has not answered yet. Still waiting.' : ''}
    </Typography>
  )
}
