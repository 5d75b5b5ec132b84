import { pageOf } from './security-headers.ts'
import { pageStyle } from './page-style.ts'

const script = `
const said = document.getElementById('said')
const secret = new URLSearchParams(location.hash.slice(1)).get('secret')
// Out of the address bar and the history before anything else.
history.replaceState(null, '', location.pathname)
async function signIn() {
  said.textContent = 'Signing in …'
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ secret }),
  })
  const answer = await response.json()
  if (response.ok) {
    said.textContent = 'You are signed in as ' + answer.user.name + '.'
    document.getElementById('next').hidden = false
    location.replace('/')
  } else {
    said.textContent = (answer.message || answer.title) + ' ' + (answer.change || '')
  }
}
if (secret) signIn().catch(() => { said.textContent = 'The server does not answer.' })
else said.textContent = 'This address holds no sign-in secret. Open the link that the server printed at its first start, or one that an administrator gave you.'
`

/**
 * Turns a one-time link into a session. The secret comes in the fragment, which browsers never send: it reaches no
 * server log, no proxy and no referrer.
 */
export const signInPage = pageOf({
  title: 'Sign in · Switchboard',
  style: pageStyle,
  body: `<h1>Switchboard</h1>
<p id="said" role="status">This page needs scripts to send the secret of your link without writing it anywhere.</p>
<p id="next" hidden><a href="/app/">Open the console</a> · <a href="/docs">What this server can do</a></p>`,
  script,
})
