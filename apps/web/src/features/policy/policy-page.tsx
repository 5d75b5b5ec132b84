import { Typography } from '@mui/material'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { Page } from '../../parts/page.tsx'
import { UrlTabs } from '../../parts/url-tabs.tsx'
import { RuleList } from './rule-list.tsx'
import { WhoMayWhat } from './who-may-what.tsx'

/** The rules by which the gate decides, as they are, and what they come to for each role. */
export function PolicyPage() {
  const policy = useRead('policy.read', {})
  return (
    <Page
      title="Policy"
      lead="What no rule permits is refused, and one prohibition outweighs any permission. A refusal and its receipt name the rules they come from."
    >
      <UrlTabs
        label="Policy"
        tabs={[
          {
            value: 'rules',
            label: 'Rules',
            content: () => (
              <Answered read={policy}>
                {({ rules, engine, digest }) => (
                  <>
                    <Typography
                      variant="body2"
                      color="textSecondary"
                      sx={{ overflowWrap: 'anywhere', mb: 2 }}
                    >
                      {rules.length} rules, evaluated by {engine}. Receipts name them by <code>{digest}</code>
                      .
                    </Typography>
                    <RuleList rules={rules} />
                    <CommandLine command="npx switchboard policy show" />
                  </>
                )}
              </Answered>
            ),
          },
          { value: 'roles', label: 'Who may what', content: () => <WhoMayWhat /> },
        ]}
      />
    </Page>
  )
}
