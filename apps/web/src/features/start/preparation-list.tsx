import { Alert, Box, Checkbox, FormControlLabel, Link as TextLink, Stack, Typography } from '@mui/material'
import type { OperationName } from '@switchboard/api'
import { Link } from 'react-router'
import { usePermissions } from '../../app/use-permissions.ts'
import { CommandLine } from '../../parts/command-line.tsx'
import { visible } from '../../parts/visible.ts'
import { isReady } from './preparation.ts'
import type { Preparation } from './preparation.ts'

/**
 * What pressing the button will install and grant, said before; what this person's roles may not do of it, and whom to
 * ask. Where code needs a review, the statement is theirs to make and never ticked for them.
 */
export function PreparationList(props: {
  readonly preparations: readonly Preparation[]
  readonly states: boolean
  readonly onState: (states: boolean) => void
  /** What the statement says, of the packages that need one. */
  readonly statement: (names: string) => string
}) {
  const permissions = usePermissions()
  const open = props.preparations.filter((each) => !isReady(each))
  const reviews = props.preparations.filter(({ review }) => review)
  if (open.length === 0) return null
  const missing = open.filter(({ isOnShelf }) => !isOnShelf)
  if (missing.length > 0) return <NotOnShelf names={missing.map(({ id }) => id)} />
  const refusedTo = (operation: OperationName, isNeeded: boolean): readonly string[] => {
    const permission = permissions?.get(operation)
    return isNeeded && permission?.may === false ? permission.roles : []
  }
  const roles = new Set([
    ...refusedTo(
      'plugin.install',
      open.some(({ install }) => install),
    ),
    ...refusedTo(
      'plugin.grant',
      open.some(({ install, grant }) => !install && grant.length > 0),
    ),
    ...refusedTo('plugin.review', reviews.length > 0),
  ])
  return (
    <Stack spacing={1}>
      <Typography variant="body2">Before that, this will be done, with the least that is needed:</Typography>
      <Box component="ul" sx={{ m: 0, pl: 2.5, typography: 'body2' }}>
        {open.map(({ id, version, publisher, isData, install, grant, review }) => (
          <li key={id}>
            <TextLink component={Link} to={`/plugins/${id}`}>
              {id} {version}
            </TextLink>
            {publisher === '' ? '' : ` by ${visible(publisher)}`}:{' '}
            {[
              ...(install
                ? [
                    isData
                      ? 'install it; its table is checked row by row, which takes some seconds'
                      : 'install it',
                  ]
                : []),
              ...grantWords(grant),
            ].join('; ')}
            {review
              ? `${install || grant.length > 0 ? '; ' : ''}state that its code may run at this sandbox level`
              : ''}
          </li>
        ))}
      </Box>
      {roles.size > 0 ? (
        <Alert severity="warning" variant="outlined">
          Your roles may not do this: the first such step will be refused, with a receipt. Ask somebody with
          the role {[...roles].join(' or ')}, who can press this button too, or give the commands:
          <Box sx={{ mt: 1 }}>
            <CommandLine command={open.flatMap(commandsOf).join('\n')} />
          </Box>
        </Alert>
      ) : reviews.length === 0 ? null : (
        <FormControlLabel
          control={
            <Checkbox
              checked={props.states}
              onChange={(event) => props.onState(event.target.checked)}
              size="small"
            />
          }
          label={
            <Typography variant="body2">
              {props.statement(reviews.map(({ id, version }) => `${id} ${version}`).join(' and '))}
            </Typography>
          }
        />
      )}
    </Stack>
  )
}

function grantWords(grant: Preparation['grant']): readonly string[] {
  return grant.map(({ scope, impact }) => `grant ${scope} (${impact.replace(/\.$/, '')})`)
}

function commandsOf({ id, version, install, grant, review }: Preparation): readonly string[] {
  const caps = grant.map(({ scope }) => scope).join(' ')
  return [
    ...(install
      ? [`npx switchboard plugin install ${id}${caps === '' ? '' : ` --caps ${caps}`}`]
      : caps === ''
        ? []
        : [`npx switchboard plugin grant ${id} ${caps}`]),
    ...(review ? [`npx switchboard plugin review ${id} --version ${version} --note "…"`] : []),
  ]
}

/** A server that was started without its first start's samples, or an older one without these. */
function NotOnShelf({ names }: { readonly names: readonly string[] }) {
  return (
    <Alert severity="info" variant="outlined">
      {names.join(', ')} {names.length === 1 ? 'is' : 'are'} not on your shelf. A first start puts the samples
      there, unless SWITCHBOARD_DEMO=false; an administrator can add them from the folder samples/plugins of
      the checkout:
      <Box sx={{ mt: 1 }}>
        <CommandLine
          command={[
            ...(names.some(isBuilt) ? ['node tools/data/build-data-packages.ts built'] : []),
            'npx switchboard plugin keygen --out keys',
            'npx switchboard publisher trust "Our samples" @keys/publisher.pub.pem',
            ...names.flatMap((name) => [
              `npx switchboard plugin pack ${isBuilt(name) ? 'built' : 'samples/plugins'}/${name} --out dist`,
              `npx switchboard plugin sign dist/${name}-*.sbp --key keys/publisher.key.pem`,
              `npx switchboard plugin add dist/${name}-*.sbp`,
            ]),
          ].join('\n')}
        />
      </Box>
    </Alert>
  )
}

/** Data packages are built from npm data; they are too large to lie in the checkout. */
function isBuilt(name: string): boolean {
  return name === 'ip-asn' || name === 'ip-country'
}
