import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { buildVerifierPage } from './build-page.ts'

test('the page is built to the same bytes again, allows its own script and style by their digests, and names no address', async () => {
  const { html, policy } = await buildVerifierPage()
  assert.equal((await buildVerifierPage()).html, html)
  for (const [tag, directive] of [
    ['script', 'script-src'],
    ['style', 'style-src'],
  ] as const) {
    const found = [...html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))]
    assert.equal(found.length, 1)
    const digest = createHash('sha256')
      .update(found[0]?.[1] ?? '')
      .digest('base64')
    assert.ok(policy.includes(`${directive} 'sha256-${digest}'`), directive)
  }
  assert.ok(html.includes(`content="${policy}"`))
  const markup = html.replace(/<(script|style)>[^]*?<\/\1>/g, '')
  assert.doesNotMatch(markup, /\s(?:on\w+|style)=|\ssrc=/i)
  // Names of formats are addresses by their look; the browser is never given one.
  const addresses = [...html.matchAll(/https?:\/\/[^\s"'`)]+/g)].map(([address]) => address)
  assert.deepEqual(
    addresses.filter(
      (address) => !/^https?:\/\/(?:www\.w3\.org|in-toto\.io|slsa\.dev|spdx\.org)\//.test(address),
    ),
    [],
  )
})
