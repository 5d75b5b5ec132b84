import { Stack, Typography } from '@mui/material'
import { findOperation } from '@switchboard/api'
import { Icon } from '../../parts/icons.tsx'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { ChoiceFilter, TextFilter } from '../../parts/url-filter.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'

const roles = ['administrator', 'analyst', 'reviewer', 'auditor', 'finops'] as const

/** What the rules come to: each operation against each role. */
export function WhoMayWhat() {
  const permissions = useRead('user.permissions', {})
  const [q] = useUrlState('operation')
  const [role] = useUrlState('role')
  return (
    <Stack spacing={2}>
      <Typography variant="body2" color="textSecondary">
        Whether a role could perform an operation at all. Markings, grants, levels and approvals are decided
        when it is performed.
      </Typography>
      <Stack direction="row" spacing={1.5} useFlexGap sx={{ flexWrap: 'wrap' }}>
        <TextFilter name="operation" label="Operation" />
        <ChoiceFilter
          name="role"
          label="Role"
          all="All roles"
          choices={roles.map((each) => ({ value: each, label: each }))}
        />
      </Stack>
      <Answered read={permissions}>
        {({ rows }) => {
          const wanted = q.trim().toLowerCase()
          const found = rows.filter(
            (row) =>
              `${row.operation} ${summaryOf(row.operation)}`.toLowerCase().includes(wanted) &&
              (role === '' || row.roles.some((each) => each === role)),
          )
          if (found.length === 0) return <EmptyState says="No operation has that name." />
          return (
            <RowsTable
              caption="Operations, and the roles that could perform them"
              rows={found}
              keyOf={(row) => row.operation}
              columns={[
                { head: 'Operation', cell: (row) => <code>{row.operation}</code> },
                { head: 'What it does', cell: (row) => summaryOf(row.operation) },
                {
                  head: 'You',
                  cell: (row) => <Word may={row.may} />,
                },
                { head: 'Roles', cell: (row) => row.roles.join(', ') || 'none' },
              ]}
            />
          )
        }}
      </Answered>
    </Stack>
  )
}

function summaryOf(operation: string): string {
  return findOperation(operation)?.summary ?? ''
}

function Word({ may }: { readonly may: boolean }) {
  return (
    <Stack component="span" direction="row" spacing={0.5} sx={{ alignItems: 'center', whiteSpace: 'nowrap' }}>
      <Icon name={may ? 'check' : 'cross'} />
      <span>{may ? 'may' : 'may not'}</span>
    </Stack>
  )
}
