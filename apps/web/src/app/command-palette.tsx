import { Box, Dialog, Typography } from '@mui/material'
import { catalogue } from '@switchboard/api'
import type { OperationSpec } from '@switchboard/api'
import { Command } from 'cmdk'
import { useNavigate } from 'react-router'
import { areas } from './areas.ts'
import { usePermissions } from './use-permissions.ts'

/** Every area and every operation of the catalogue. One that this person may not perform stays, with the reason. */
export function CommandPalette({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate()
  const permissions = usePermissions()
  const specs: readonly OperationSpec[] = catalogue
  const go = (path: string) => {
    onClose()
    void navigate(path)
  }
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-label="Do anything">
      <Box
        sx={{
          '& [cmdk-input]': {
            width: '100%',
            p: 2,
            border: 0,
            borderBottom: 1,
            borderColor: 'divider',
            font: 'inherit',
            fontSize: '1.05rem',
            bgcolor: 'transparent',
            color: 'inherit',
            outline: 'none',
          },
          '& [cmdk-list]': { maxHeight: '60dvh', overflow: 'auto', p: 1 },
          '& [cmdk-group-heading]': { px: 1, py: 0.5, color: 'text.secondary', fontSize: '0.8rem' },
          '& [cmdk-item]': { px: 1.5, py: 1, borderRadius: 1, cursor: 'pointer' },
          '& [cmdk-item][data-selected="true"]': { bgcolor: 'action.selected' },
          '& [cmdk-item][data-disabled="true"]': { cursor: 'not-allowed' },
        }}
      >
        <Command label="Areas and operations" loop>
          <Command.Input placeholder="Where to, or what to do?" autoFocus />
          <Command.List>
            <Command.Empty>
              <Typography sx={{ p: 2 }}>Nothing has that name.</Typography>
            </Command.Empty>
            <Command.Group heading="Areas">
              {areas.map(({ path, label, says }) => (
                <Command.Item key={path} value={`${label} ${says}`} onSelect={() => go(path)}>
                  <Line name={label} says={says} />
                </Command.Item>
              ))}
            </Command.Group>
            <Command.Group heading="Operations">
              {specs
                .filter(({ rest }) => rest !== undefined)
                .map(({ name, summary }) => {
                  const permission = permissions?.get(name as never)
                  const refused = permission?.may === false
                  return (
                    <Command.Item
                      key={name}
                      value={`${summary} ${name}`}
                      disabled={refused}
                      onSelect={() => go(`/do/${name}`)}
                    >
                      <Line
                        name={summary}
                        says={refused ? refusal(permission.roles) : name}
                        isRefused={refused}
                      />
                    </Command.Item>
                  )
                })}
            </Command.Group>
          </Command.List>
        </Command>
      </Box>
    </Dialog>
  )
}

function refusal(roles: readonly string[]): string {
  return roles.length === 0
    ? 'Refused: no role may do this here.'
    : `Refused to your roles. Ask an administrator for the role ${roles.join(' or ')}.`
}

function Line(props: { readonly name: string; readonly says: string; readonly isRefused?: boolean }) {
  return (
    <Box>
      <Typography sx={props.isRefused === true ? { color: 'text.secondary' } : null}>{props.name}</Typography>
      <Typography variant="body2" color="textSecondary">
        {props.says}
      </Typography>
    </Box>
  )
}
