import { Card, CardContent, Stack, Typography } from '@mui/material'
import { JsonView } from '../../parts/json-view.tsx'

export function ManifestCard({ manifest }: { readonly manifest: unknown }) {
  return (
    <Card component="section" aria-labelledby="manifest">
      <CardContent>
        <Stack spacing={1.5}>
          <Typography variant="h2" id="manifest">
            Manifest
          </Typography>
          <JsonView value={manifest} />
        </Stack>
      </CardContent>
    </Card>
  )
}
