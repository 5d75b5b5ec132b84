import { Box, Tab, Tabs } from '@mui/material'
import { useId } from 'react'
import type { ReactNode } from 'react'
import { useUrlState } from './use-url-state.ts'

interface UrlTab {
  /** In the address. */
  readonly value: string
  readonly label: string
  readonly content: () => ReactNode
}

/** Tabs whose choice is in the address; the first one is what an address without it shows. Only the open one is there. */
export function UrlTabs(props: {
  readonly label: string
  readonly tabs: readonly [UrlTab, ...UrlTab[]]
  readonly name?: string
}) {
  const { label, tabs, name = 'tab' } = props
  const id = useId()
  const [first] = tabs
  const [value, setValue] = useUrlState(name, first.value)
  const open = tabs.find((tab) => tab.value === value) ?? first
  return (
    <Box>
      <Tabs
        value={open.value}
        onChange={(_event, chosen: string) => setValue(chosen)}
        aria-label={label}
        variant="scrollable"
        scrollButtons="auto"
        sx={{ borderBottom: 1, borderColor: 'divider' }}
      >
        {tabs.map((tab) => (
          <Tab
            key={tab.value}
            value={tab.value}
            label={tab.label}
            id={`${id}-tab-${tab.value}`}
            aria-controls={tab === open ? `${id}-panel` : undefined}
          />
        ))}
      </Tabs>
      <Box
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-tab-${open.value}`}
        tabIndex={-1}
        sx={{ pt: 3, outline: 'none' }}
      >
        {open.content()}
      </Box>
    </Box>
  )
}
