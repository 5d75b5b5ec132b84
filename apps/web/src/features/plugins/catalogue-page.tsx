import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Page } from '../../parts/page.tsx'
import { UrlTabs } from '../../parts/url-tabs.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { AddPackageDialog } from './add-package-dialog.tsx'
import { DoneNotice } from './done-notice.tsx'
import { HoldAlert } from './hold-alert.tsx'
import { ResumeDialog, StopDialog } from './hold-dialog.tsx'
import { PackagesPanel } from './packages-panel.tsx'
import { PinPublisherDialog } from './pin-publisher-dialog.tsx'
import { PublishersPanel } from './publishers-panel.tsx'
import { StoppingPanel } from './stopping-panel.tsx'
import { useSandbox } from './use-sandbox.ts'

export function CataloguePage() {
  const { level, status } = useSandbox()
  const [dialog, open] = useUrlState('do')
  const close = () => open('')
  const stopped = status?.stopped ?? null
  const held = new Set(status?.quarantined.flatMap((hold) => hold.package ?? []))
  return (
    <Page
      title="Plugins"
      lead="Code and data by others, on the shelf of your organisation. A package does what you allow, and nothing else."
      actions={
        <AllowedButton
          operation="package.add"
          variant="contained"
          startIcon={<Icon name="add" />}
          onClick={() => open('add')}
        >
          Add a package
        </AllowedButton>
      }
    >
      <DoneNotice>
        {stopped === null ? null : (
          <HoldAlert
            title="All plugins are stopped"
            hold={stopped}
            lift={
              <AllowedButton
                operation="sandbox.resume"
                size="small"
                variant="outlined"
                color="inherit"
                onClick={() => open('resume')}
              >
                Let plugins run again
              </AllowedButton>
            }
          />
        )}
        <UrlTabs
          label="Plugins"
          tabs={[
            {
              value: 'packages',
              label: 'Packages',
              content: () => <PackagesPanel level={level} held={held} add={() => open('add')} />,
            },
            {
              value: 'publishers',
              label: 'Publishers',
              content: () => <PublishersPanel pin={() => open('pin')} />,
            },
            {
              value: 'stopping',
              label: held.size === 0 ? 'Stopping' : `Stopping (${held.size} held)`,
              content: () => <StoppingPanel status={status} open={open} />,
            },
          ]}
        />
        {dialog === 'add' ? <AddPackageDialog onClose={close} /> : null}
        {dialog === 'pin' ? <PinPublisherDialog onClose={close} /> : null}
        {dialog === 'stop' ? <StopDialog onClose={close} /> : null}
        {dialog === 'resume' ? <ResumeDialog onClose={close} /> : null}
      </DoneNotice>
    </Page>
  )
}
