import { Button, Chip, Stack, TextField, Typography } from '@mui/material'
import { rootKinds } from '@switchboard/verifier/verdict-words'
import { Icon } from '../../parts/icons.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import type { GivenRoot, TrustGiven } from './use-trust.ts'

/** One thing that is trusted, where it came from, and a button that takes it away. */
export function TrustRoot(props: {
  readonly root: GivenRoot
  readonly given: TrustGiven
  readonly onRemoved: () => void
}) {
  const { root, given, onRemoved } = props
  const what = rootKinds[root.kind]
  return (
    <Stack
      component="li"
      direction="row"
      spacing={1}
      useFlexGap
      sx={{ alignItems: 'center', flexWrap: 'wrap' }}
    >
      <Icon name={root.kind === 'checkpoint' ? 'check' : 'lock'} color="primary" />
      <Stack sx={{ minWidth: 0, flex: '1 1 14rem' }}>
        {root.kind === 'publisher_key' ? (
          <TextField
            size="small"
            variant="standard"
            label="Name of the publisher"
            defaultValue={root.name}
            onBlur={(event) => given.rename(root, event.target.value.trim() || 'publisher')}
          />
        ) : (
          <UntrustedText text={root.name} most={200} />
        )}
        <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
          {what}, <code>{root.id}</code>
        </Typography>
      </Stack>
      {root.from === 'server' ? (
        <Chip size="small" variant="outlined" color="warning" label="from this server" />
      ) : null}
      <Button
        size="small"
        color="inherit"
        onClick={() => {
          given.remove(root)
          onRemoved()
        }}
        aria-label={`Remove the ${what} ${visible(root.name)}`}
      >
        Remove
      </Button>
    </Stack>
  )
}
