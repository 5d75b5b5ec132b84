import { Button, Stack } from '@mui/material'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { Page } from '../../parts/page.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { DoneNotice } from './done-notice.tsx'
import { PluginActions } from './plugin-actions.tsx'
import { PluginDialogs } from './plugin-dialogs.tsx'
import { PluginState } from './plugin-state.tsx'
import { PluginTabs } from './plugin-tabs.tsx'
import { PurgeManifestCard } from './purge-manifest-card.tsx'
import type { Purged } from './purge-manifest-card.tsx'
import { useSandbox } from './use-sandbox.ts'

export function PluginPage() {
  const { id = '' } = useParams()
  // Another package is another page: nothing of the last one stays.
  return <PluginPageOf key={id} id={id} />
}

function PluginPageOf({ id }: { readonly id: string }) {
  const read = useShownVersion(id)
  const { status } = useSandbox()
  const [dialog, open] = useUrlState('do')
  const [purged, setPurged] = useState<Purged>()
  const detail = read.data?.ok === true ? read.data.value : undefined
  const hold = status?.quarantined.find((each) => each.package === id)
  return (
    <Page
      title={detail === undefined ? visible(id.slice(0, 64)) : visible(detail.package.title)}
      lead={detail === undefined ? undefined : <UntrustedText text={detail.package.summary} />}
      actions={
        detail === undefined ? undefined : (
          <PluginActions
            detail={detail}
            isHeld={hold !== undefined}
            isStopped={(status?.stopped ?? null) !== null}
            open={open}
          />
        )
      }
    >
      <DoneNotice>
        {purged === undefined ? null : <PurgeManifestCard purged={purged} />}
        {purged?.forgotten === true ? null : (
          <Answered read={read}>
            {(value) => (
              <>
                <PluginState detail={value} hold={hold} open={open} />
                <PluginTabs detail={value} isHeld={hold !== undefined} open={open} />
                <PluginDialogs detail={value} dialog={dialog} close={() => open('')} onPurged={setPurged} />
              </>
            )}
          </Answered>
        )}
        {read.data?.ok === false && purged === undefined ? (
          <Stack direction="row" spacing={1}>
            <Button component={Link} to="/plugins" variant="outlined">
              Go to the packages
            </Button>
          </Stack>
        ) : null}
      </DoneNotice>
    </Page>
  )
}

/** The version that the address names, else the installed one, else the newest. */
function useShownVersion(id: string) {
  const [version] = useUrlState('version')
  const newest = useRead('plugin.detail', { id })
  const known = newest.data?.ok === true ? newest.data.value : undefined
  const wanted = version === '' ? known?.installation?.version : version
  const isOther = known !== undefined && wanted !== undefined && wanted !== known.package.version
  const other = useRead('plugin.detail', { id, version: wanted ?? '' }, { when: isOther })
  return isOther ? other : newest
}
