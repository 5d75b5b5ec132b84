import { Stack } from '@mui/material'
import { UrlTabs } from '../../parts/url-tabs.tsx'
import { BudgetsCard } from './budgets-card.tsx'
import { CapabilitiesCard } from './capabilities-card.tsx'
import { CeilingsCard } from './ceilings-card.tsx'
import type { PackageDetail } from './consent.ts'
import { FilesCard } from './files-card.tsx'
import { KeptValuesCard } from './kept-values-card.tsx'
import { LibrariesCard } from './libraries-card.tsx'
import { ManifestCard } from './manifest-card.tsx'
import { OriginCard } from './origin-card.tsx'
import { RemoveCards } from './remove-cards.tsx'
import { ReviewCard } from './review-card.tsx'
import { RunsPanel } from './runs-panel.tsx'
import { SecretsCard } from './secrets-card.tsx'
import { SourcesCard } from './sources-card.tsx'

/** Everything about a package, by what one wants to know. */
export function PluginTabs(props: {
  readonly detail: PackageDetail
  readonly isHeld: boolean
  readonly open: (dialog: string) => void
}) {
  const { detail, isHeld, open } = props
  const { name, kind } = detail.package
  const isPlugin = kind === 'plugin'
  const isInstalled = detail.installation !== null
  return (
    <UrlTabs
      label={`About ${name}`}
      tabs={[
        {
          value: 'allowed',
          label: isPlugin ? 'What it may do' : 'What it holds',
          content: () => (
            <Stack spacing={3}>
              {isPlugin ? <CapabilitiesCard detail={detail} /> : <SourcesCard manifest={detail.manifest} />}
              {isPlugin ? <BudgetsCard budgets={detail.budgets} /> : null}
              {isInstalled && isPlugin ? <CeilingsCard detail={detail} /> : null}
            </Stack>
          ),
        },
        {
          value: 'code',
          label: 'Code and origin',
          content: () => (
            <Stack spacing={3}>
              <OriginCard detail={detail} />
              {isPlugin ? <ReviewCard detail={detail} open={open} /> : null}
              <LibrariesCard detail={detail} />
              <FilesCard files={detail.files} />
              <ManifestCard manifest={detail.manifest} />
            </Stack>
          ),
        },
        ...(isPlugin
          ? [
              {
                value: 'keeps',
                label: 'Secrets and kept values',
                content: () => (
                  <Stack spacing={3}>
                    <SecretsCard detail={detail} />
                    <KeptValuesCard detail={detail} open={open} />
                  </Stack>
                ),
              },
              { value: 'runs', label: 'Runs and cost', content: () => <RunsPanel id={name} /> },
            ]
          : []),
        {
          value: 'remove',
          label: 'Stop and remove',
          content: () => <RemoveCards detail={detail} isHeld={isHeld} open={open} />,
        },
      ]}
    />
  )
}
