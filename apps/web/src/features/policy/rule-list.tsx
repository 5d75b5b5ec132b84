import { Box, Card, CardContent, Chip, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useEffect, useRef } from 'react'
import { EmptyState } from '../../parts/empty-state.tsx'
import { count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { visible } from '../../parts/untrusted-text.tsx'
import { ChoiceFilter, TextFilter } from '../../parts/url-filter.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'

type PolicyRule = OutputOf<OperationByName<'policy.read'>>['rules'][number]

/** Rules by effect and by words; `?rule=` is the one that a refusal named. */
export function RuleList({ rules }: { readonly rules: readonly PolicyRule[] }) {
  const [q] = useUrlState('q')
  const [effect] = useUrlState('effect')
  const [named] = useUrlState('rule')
  const wanted = q.trim().toLowerCase()
  const found = rules.filter(
    (rule) =>
      (effect === '' || (effect === 'approval' ? rule.quorum !== null : rule.effect === effect)) &&
      [rule.id, rule.says, rule.file, ...rule.operations].some((text) => text.toLowerCase().includes(wanted)),
  )
  return (
    <Stack spacing={2} sx={{ mb: 3 }}>
      <Stack direction="row" spacing={1.5} useFlexGap sx={{ flexWrap: 'wrap' }}>
        <TextFilter name="q" label="Rule, operation or word" />
        <ChoiceFilter
          name="effect"
          label="Effect"
          all="Any"
          choices={[
            { value: 'permit', label: 'Permits' },
            { value: 'forbid', label: 'Forbids' },
            { value: 'approval', label: 'Yields to an approval' },
          ]}
        />
      </Stack>
      {found.length === 0 ? <EmptyState says="No rule has these words." /> : null}
      {found.map((rule) => (
        <RuleCard key={rule.id} rule={rule} isNamed={rule.id === named} />
      ))}
    </Stack>
  )
}

function RuleCard({ rule, isNamed }: { readonly rule: PolicyRule; readonly isNamed: boolean }) {
  const here = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isNamed) here.current?.scrollIntoView({ block: 'center' })
  }, [isNamed])
  const permits = rule.effect === 'permit'
  return (
    <Card
      ref={here}
      component="section"
      aria-labelledby={`rule-${rule.id}`}
      aria-current={isNamed ? 'true' : undefined}
      sx={isNamed ? { outline: '2px solid', outlineColor: 'primary.main' } : null}
    >
      <CardContent>
        <Stack spacing={1}>
          <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
            <Typography variant="h2" id={`rule-${rule.id}`} sx={{ fontSize: '1rem', mr: 'auto' }}>
              {rule.id}
            </Typography>
            <Chip
              size="small"
              variant="outlined"
              color={permits ? 'success' : 'warning'}
              icon={<Icon name={permits ? 'check' : 'lock'} />}
              label={permits ? 'permits' : 'forbids'}
            />
            {rule.quorum === null ? null : (
              <Chip
                size="small"
                variant="outlined"
                color="info"
                icon={<Icon name="clock" />}
                label={`yields to ${count(rule.quorum, 'approval')}`}
              />
            )}
          </Stack>
          <Typography>{visible(rule.says)}</Typography>
          <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
            {rule.operations.length === 0 ? 'Every operation' : rule.operations.join(', ')}
            {rule.reads.length === 0 ? '' : ` · reads ${rule.reads.join(', ')}`}
          </Typography>
          <Box component="details" open={isNamed}>
            <Typography component="summary" variant="body2" sx={{ cursor: 'pointer' }}>
              The rule itself, in {rule.file}
            </Typography>
            <Box
              component="pre"
              tabIndex={0}
              sx={{ m: 0, mt: 1, p: 1.5, bgcolor: 'action.hover', borderRadius: 1, overflow: 'auto' }}
            >
              {visible(rule.text)}
            </Box>
          </Box>
        </Stack>
      </CardContent>
    </Card>
  )
}
