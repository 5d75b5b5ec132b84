import { Button, Typography } from '@mui/material'
import { useRead } from '../../api/use-read.ts'
import { readRoots } from '../../verify/browser-verifier.ts'
import type { TrustGiven } from './use-trust.ts'

/** This server's own key, for who has no other: convenient, and no proof against this server, which the words say. */
export function OfferedKey(props: { readonly given: TrustGiven; readonly onTaken: () => void }) {
  const { given, onTaken } = props
  const checkpoint = useRead('checkpoint.read', {})
  if (checkpoint.data?.ok !== true) return null
  const { key } = checkpoint.data.value
  if (given.roots.some((root) => root.kind === 'log_key' && root.vkey === key)) return null
  return (
    <>
      <Button
        variant="outlined"
        onClick={() => {
          readRoots(key)
            .then(({ roots }) => {
              given.add(roots, 'server')
              onTaken()
            })
            // A verifier that cannot start says so where the file is verified.
            .catch(() => undefined)
        }}
      >
        Use this server’s key
      </Button>
      <Typography variant="body2" color="textSecondary" sx={{ flex: '1 1 16rem' }}>
        It comes from the server that it would prove: it shows damage, not that the server is honest. Compare
        it with one that you were given.
      </Typography>
    </>
  )
}
