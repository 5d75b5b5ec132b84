import { createTheme } from '@mui/material'

const mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace'

/**
 * Light and dark, by the system until somebody chooses. No font is fetched: the console shows what it needs from its own
 * server and nothing from elsewhere.
 */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data' },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: '#1f4fd8' },
        secondary: { main: '#5b4bb7' },
        success: { main: '#1a6e3c' },
        warning: { main: '#8a5200' },
        error: { main: '#b3261e' },
        info: { main: '#0b5a8f' },
        background: { default: '#f6f7fa', paper: '#ffffff' },
        text: { primary: '#14181f', secondary: '#4d5766' },
      },
    },
    dark: {
      palette: {
        primary: { main: '#9db6ff' },
        secondary: { main: '#c5bbff' },
        success: { main: '#7ed9a0' },
        warning: { main: '#f2b95f' },
        error: { main: '#ffb4ab' },
        info: { main: '#8ecbff' },
        background: { default: '#0f131a', paper: '#171c25' },
        text: { primary: '#e8ecf3', secondary: '#aab4c3' },
      },
    },
  },
  shape: { borderRadius: 8 },
  typography: {
    fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
    h1: { fontSize: '1.6rem', fontWeight: 650, lineHeight: 1.25 },
    h2: { fontSize: '1.2rem', fontWeight: 650, lineHeight: 1.3 },
    h3: { fontSize: '1rem', fontWeight: 650, lineHeight: 1.4 },
    button: { textTransform: 'none', fontWeight: 600 },
  },
  components: {
    MuiButton: { defaultProps: { disableElevation: true } },
    MuiCard: { defaultProps: { variant: 'outlined' } },
    MuiTableCell: { styleOverrides: { head: { fontWeight: 650 } } },
    MuiCssBaseline: { styleOverrides: { 'code, pre, kbd': { fontFamily: mono, fontSize: '0.875em' } } },
  },
})
