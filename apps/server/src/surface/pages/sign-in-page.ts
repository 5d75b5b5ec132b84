import { pageOf } from './security-headers.ts'
import { pageStyle } from './page-style.ts'

const script = `
const said = document.getElementById('said')
const go = document.getElementById('go')
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
    new BroadcastChannel('switchboard-session').postMessage('signed_in')
    location.replace('/')
  } else {
    said.textContent = (answer.message || answer.title) + ' ' + (answer.change || '')
  }
}
// A link that somebody sent must not put somebody else in the place of who is here, unless they say so.
async function begin() {
  const known = await fetch('/me', { headers: { accept: 'application/json' } })
  if (!known.ok) return signIn()
  const { name } = await known.json()
  said.textContent = 'You are signed in as ' + name + '. This link is made for whoever it was given to, and would sign them in instead.'
  go.hidden = false
}
const tell = () => { said.textContent = 'The server does not answer.' }
go.addEventListener('click', () => { go.hidden = true; signIn().catch(tell) })
if (secret) begin().catch(tell)
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
<p><button id="go" hidden>Sign in with this link</button></p>
<p id="next" hidden><a href="/app/">Open the console</a> · <a href="/docs">What this server can do</a></p>`,
  script,
})
