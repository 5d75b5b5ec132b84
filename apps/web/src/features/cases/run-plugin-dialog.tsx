import {
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  Link as TextLink,
  Skeleton,
  Stack,
  Typography,
} from '@mui/material'
import { Link } from 'react-router'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { FoundCase } from './found-case.ts'
import { isWithin, paps, tlps } from '../../parts/markings.ts'
import { useInstalledPlugins } from './use-installed-plugins.ts'
import type { PluginDetail } from './use-installed-plugins.ts'

/** The plugins that are installed, each with its form for this case; one that the markings keep out says so. */
export function RunPluginDialog({
  found,
  onClose,
}: {
  readonly found: FoundCase
  readonly onClose: () => void
}) {
  const plugins = useInstalledPlugins()
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="run-a-plugin">
      <DialogTitle id="run-a-plugin">Run a plugin on this case</DialogTitle>
      <DialogContent>
        {plugins === undefined ? (
          <Skeleton variant="rounded" height={120} aria-label="Loading" />
        ) : plugins.length === 0 ? (
          <Stack spacing={2} sx={{ alignItems: 'flex-start' }}>
            <Typography>No plugin is installed.</Typography>
            <Button variant="contained" component={Link} to="/plugins?kind=plugin">
              Find a plugin
            </Button>
          </Stack>
        ) : (
          <Stack component="ul" spacing={2} sx={{ listStyle: 'none', m: 0, p: 0 }}>
            {plugins.map((plugin) => (
              <PluginLine key={plugin.package.name} plugin={plugin} found={found} />
            ))}
          </Stack>
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} color="inherit">
          Close
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function PluginLine({ plugin, found }: { readonly plugin: PluginDetail; readonly found: FoundCase }) {
  const { name, title, summary } = plugin.package
  const ceilings = plugin.installation?.ceilings
  const mayBeUsed =
    ceilings === undefined ||
    (isWithin(tlps, found.tlp, ceilings.tlp) && isWithin(paps, found.pap, ceilings.pap))
  return (
    <li>
      <TextLink component={Link} to={`/plugins/${name}/run?case=${found.id}`} sx={{ fontWeight: 600 }}>
        <UntrustedText text={title} most={120} />
      </TextLink>
      <Typography variant="body2" color="textSecondary">
        <UntrustedText text={summary} most={300} />
      </Typography>
      {mayBeUsed ? null : (
        <Typography variant="body2">
          Will be refused here: it may be given up to TLP:{ceilings?.tlp} and PAP:{ceilings?.pap}.
        </Typography>
      )}
    </li>
  )
}
