import {
  AppBar,
  Box,
  Button,
  Chip,
  Drawer,
  IconButton,
  List,
  ListItem,
  ListItemButton,
  ListItemText,
  Snackbar,
  Toolbar,
  Typography,
  useColorScheme,
} from '@mui/material'
import { Suspense, useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { Link, useLocation, useNavigate } from 'react-router'
import { sessionChanged } from '../api/session-changes.ts'
import { useAct } from '../api/use-act.ts'
import { FaultNotice } from '../parts/answered.tsx'
import { Icon } from '../parts/icons.tsx'
import { WaitingCount } from '../features/reviews/waiting-count.tsx'
import { areas } from './areas.ts'
import { PageBoundary } from './page-boundary.tsx'
import { PersonMenu } from './person-menu.tsx'
import { screen } from './screen.tsx'
import { usePermissions } from './use-permissions.ts'
import { useSelf } from './use-self.ts'
import { useShortcuts } from './use-shortcuts.ts'

// The palette knows every operation and so brings the whole catalogue: only who opens it loads it.
const CommandPalette = screen(async () => (await import('./command-palette.tsx')).CommandPalette)
const menuWidth = 216

export function Shell({ children }: { readonly children: ReactNode }) {
  const [menuOpen, setMenuOpen] = useState(false)
  const [paletteOpen, setPaletteOpen] = useState(false)
  const { pathname } = useLocation()
  const navigate = useNavigate()
  useEffect(() => setMenuOpen(false), [pathname])
  useShortcuts({ openPalette: () => setPaletteOpen(true), go: (path) => void navigate(path) })

  return (
    <Box sx={{ display: 'flex', minHeight: '100dvh' }}>
      <Button
        component="a"
        href="#content"
        variant="contained"
        sx={{ position: 'fixed', top: -80, left: 8, zIndex: 2000, '&:focus': { top: 8 } }}
      >
        Skip to the content
      </Button>
      <AppBar
        position="fixed"
        color="inherit"
        elevation={0}
        sx={{ borderBottom: 1, borderColor: 'divider', zIndex: (t) => t.zIndex.drawer + 1 }}
      >
        <Toolbar sx={{ gap: 1 }}>
          <IconButton
            aria-label="Menu"
            aria-expanded={menuOpen}
            onClick={() => setMenuOpen(!menuOpen)}
            sx={{ display: { md: 'none' } }}
            edge="start"
          >
            <Bars />
          </IconButton>
          <Typography
            component={Link}
            to="/"
            sx={{ fontWeight: 700, color: 'inherit', textDecoration: 'none', mr: 'auto' }}
          >
            Switchboard
          </Typography>
          <Button
            variant="outlined"
            color="inherit"
            size="small"
            onClick={() => setPaletteOpen(true)}
            aria-keyshortcuts="Control+K Meta+K"
            sx={{ whiteSpace: 'nowrap', minWidth: 0 }}
          >
            <Icon name="search" sx={{ display: { sm: 'none' } }} />
            <Box
              component="span"
              sx={(t) => ({
                // Where there is no room for the words, only screen readers hear them.
                [t.breakpoints.down('sm')]: {
                  position: 'absolute',
                  width: '1px',
                  height: '1px',
                  overflow: 'hidden',
                },
              })}
            >
              Do anything
            </Box>
            <Box component="kbd" sx={{ ml: 1, display: { xs: 'none', sm: 'inline' }, opacity: 0.75 }}>
              Ctrl K
            </Box>
          </Button>
          <ThemeToggle />
          <Person />
        </Toolbar>
      </AppBar>
      <Drawer
        variant="temporary"
        open={menuOpen}
        onClose={() => setMenuOpen(false)}
        sx={{ display: { md: 'none' }, '& .MuiDrawer-paper': { width: menuWidth } }}
      >
        <Menu />
      </Drawer>
      <Drawer
        variant="permanent"
        sx={{
          display: { xs: 'none', md: 'block' },
          width: menuWidth,
          flexShrink: 0,
          '& .MuiDrawer-paper': { width: menuWidth },
        }}
      >
        <Menu />
      </Drawer>
      <Box component="main" id="content" tabIndex={-1} sx={{ flex: 1, minWidth: 0, outline: 'none' }}>
        <Toolbar />
        <Box sx={{ p: { xs: 2, sm: 3 }, maxWidth: 1200 }}>
          {paletteOpen ? (
            <PageBoundary place={pathname}>
              <Suspense fallback={null}>
                <CommandPalette onClose={() => setPaletteOpen(false)} />
              </Suspense>
            </PageBoundary>
          ) : null}
          <PageBoundary place={pathname}>{children}</PageBoundary>
        </Box>
      </Box>
    </Box>
  )
}

function Menu() {
  const { pathname } = useLocation()
  const permissions = usePermissions()
  return (
    <Box component="nav" aria-label="Areas">
      <Toolbar />
      <List>
        {areas.map(({ path, label, says, needs }) => {
          const refused = permissions?.get(needs)?.may === false
          const here = path === '/' ? pathname === '/' : pathname.startsWith(path)
          return (
            <ListItem key={path} disablePadding>
              <ListItemButton
                component={Link}
                to={path}
                selected={here}
                aria-current={here ? 'page' : undefined}
                title={refused ? `Your roles may not read this.` : says}
              >
                <ListItemText primary={label} secondary={refused ? 'not for your roles' : undefined} />
                {path === '/reviews' ? <WaitingCount /> : null}
              </ListItemButton>
            </ListItem>
          )
        })}
      </List>
    </Box>
  )
}

function Person() {
  const self = useSelf()
  const signOut = useAct('session.end')
  const leave = () => {
    signOut.mutate(
      {},
      {
        onSuccess: (answer) => {
          if (answer.ok || answer.denial.code === 'unauthenticated') sessionChanged('signed_out')
        },
      },
    )
  }
  if (self === undefined) return null
  return (
    <>
      {self.demo ? <Chip size="small" label="demonstration" color="secondary" variant="outlined" /> : null}
      <PersonMenu self={self} />
      <Button
        size="small"
        color="inherit"
        sx={{ whiteSpace: 'nowrap' }}
        loading={signOut.isPending}
        onClick={leave}
      >
        Sign out
      </Button>
      <Snackbar open={signOut.isError} anchorOrigin={{ vertical: 'top', horizontal: 'right' }}>
        <Box sx={{ bgcolor: 'background.paper', mt: 7 }}>
          {signOut.error === null ? null : (
            <FaultNotice fault={signOut.error} title="You are still signed in" again={leave} />
          )}
        </Box>
      </Snackbar>
    </>
  )
}

function ThemeToggle() {
  const { mode, systemMode, setMode } = useColorScheme()
  const isDark = (mode === 'system' ? systemMode : mode) === 'dark'
  const says = isDark ? 'Use the light theme' : 'Use the dark theme'
  return (
    <IconButton aria-label={says} title={says} onClick={() => setMode(isDark ? 'light' : 'dark')}>
      <HalfCircle />
    </IconButton>
  )
}

function Bars() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M2 5h16M2 10h16M2 15h16" stroke="currentColor" strokeWidth="2" />
    </svg>
  )
}

function HalfCircle() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" strokeWidth="2" />
      <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
    </svg>
  )
}
