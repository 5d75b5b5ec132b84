import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { Page } from 'playwright-core'
import type { Client } from '@switchboard/api'
import { craftPackage, craftPublisher } from '@switchboard/verifier/package-testing'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'
import { keyboard } from '../support/hands.ts'

const file = (name: string, content: Buffer | string) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
})

/** Of the published vectors: a key that signs another log. */
const otherLogKey = 'log.example/evidence+6299eb4f+AQyAlSbM22cl57GVAvz8ZPpDu1F2PoqReFCFxMRgOTtz'

test(
  'evidence is verified in the browser against keys that the reader gives, and once loaded without the server',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    const { url, owner } = running
    const page = await running.signIn('Ada', ['auditor'])
    const key = await keyOf(owner)
    const bundle = await exportedCase(owner)

    await page.goto(`${url}/app/evidence/verify`)
    await page.getByRole('heading', { name: 'Verify', exact: true }).waitFor()

    await t.test(
      'by the keyboard alone a file is chosen, a key given, a bit flipped and turned back',
      async () => {
        const hand = keyboard(page)
        const chooser = page.waitForEvent('filechooser')
        await hand.use(page.getByLabel('Choose a file'))
        await (await chooser).setFiles(file('case.bundle', bundle))
        await page.getByText('Not verified yet').waitFor()
        await hand.write(page.getByLabel('Keys and checkpoints'), key)
        await hand.use(page.getByRole('button', { name: 'Trust what I pasted' }))
        await page.getByText(/^Green: this bundle is proved/).waitFor()
        await hand.use(page.getByRole('button', { name: 'Flip one bit' }))
        await page.getByText(/^Red: what this bundle says is not proved/).waitFor()
        await hand.use(page.getByRole('button', { name: 'Turn it back' }))
        await page.getByText(/^Green: this bundle is proved/).waitFor()
        // What was pressed is disabled now; the focus went on to what can be pressed next.
        assert.equal(await page.evaluate('document.activeElement.textContent'), 'Flip one bit')
        await page.reload()
        await page.getByRole('heading', { name: 'Verify', exact: true }).waitFor()
      },
    )

    await t.test('nothing is verified before somebody says whom they trust', async () => {
      await page.getByLabel('Choose a file').setInputFiles(file('case.bundle', bundle))
      await page.getByText('Not verified yet').waitFor()
      await inspectScreen(page, 'evidence-verify-empty')
    })

    await t.test('the server’s own key is offered, and said to come from whom it would prove', async () => {
      await page.getByText(/It comes from the server that it would prove/).waitFor()
      await page.getByRole('button', { name: 'Use this server’s key' }).click()
      await page.getByText(/^Green: this bundle is proved/).waitFor()
      await page.getByText('from this server').waitFor()
      assert.match(await page.locator('main').innerText(), /What was not checked, and why/)
      await inspectScreen(page, 'evidence-verify-green')
    })

    await t.test(
      'a key that is pasted is trusted, a wrong one is not enough, a private one is refused',
      async () => {
        await page.getByRole('button', { name: /^Remove the key of a log/ }).click()
        await page.getByText('Not verified yet').waitFor()
        await paste(page, 'other.example+5f3e9a01+ATgcFHOxhVPbqfkXnzYQnZTsYwNRBxY1DjT0rwM5rs1C')
        await page.getByText(/^This is no key and no checkpoint/).waitFor()
        await paste(page, '-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----')
        await page.getByText(/only the public key belongs here/).waitFor()
        await paste(page, otherLogKey)
        await page.getByText(/^Red: what this bundle says is not proved/).waitFor()
        await page.getByText('checkpoint_key').first().waitFor()
        await page.getByRole('button', { name: /^Remove the key of a log/ }).click()
        await paste(page, `# given by the operator\n${key}`)
        await page.getByText(/^Green: this bundle is proved/).waitFor()
      },
    )

    await t.test(
      'a package is verified under the key of a publisher, by the name that the reader gives them',
      async () => {
        const publisher = craftPublisher()
        const { spkiPem, publisher: name, keyId } = publisher.pinned
        await page
          .getByLabel('Choose another file')
          .setInputFiles(file('a.sbp', Buffer.from(craftPackage({ publisher }))))
        await page.getByText(/^Red: this package must not run/).waitFor()
        await page.getByLabel('Choose keys or checkpoints').setInputFiles(file(`${name}.pub.pem`, spkiPem))
        await page.getByText(/^Green: this package is proved/).waitFor()
        await page.getByText(keyId).first().waitFor()
        await inspectScreen(page, 'evidence-verify-package')
        await page.getByLabel('Name of the publisher').fill('somebody-else')
        await page.getByLabel('Name of the publisher').blur()
        await page.getByText(/, signed by somebody-else\./).waitFor()
        await page.getByLabel('Choose another file').setInputFiles(file('case.bundle', bundle))
        await page.getByText(/^Green: this bundle is proved/).waitFor()
      },
    )

    await t.test(
      'with the server stopped, a flipped bit is red and named, and turned back is green',
      async () => {
        assert.equal(await running.server.stop(), 0)
        await page.getByRole('button', { name: 'Flip one bit' }).click()
        await page.getByText(/^Red: what this bundle says is not proved/).waitFor()
        await page.getByText(/With one bit flipped: bit \d of byte [\d,]+, in /).waitFor()
        await page.getByRole('heading', { name: /^What broke/ }).waitFor()
        await inspectScreen(page, 'evidence-verify-red')
        await page.getByRole('button', { name: 'Turn it back' }).click()
        await page.getByText(/^Green: this bundle is proved/).waitFor()
        await page.getByLabel('Choose another file').setInputFiles(file('rubbish.bin', '<b>not</b> evidence'))
        await page.getByText(/^Red: what this bundle says is not proved/).waitFor()
        assert.equal(await page.locator('main b').count(), 0)
      },
    )

    running.assertContained()
  },
)

async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel('Keys and checkpoints').fill(text)
  await page.getByRole('button', { name: 'Trust what I pasted' }).click()
}

async function keyOf(owner: Client): Promise<string> {
  const read = await owner.perform('checkpoint.read', {})
  assert.ok(read.ok)
  return read.value.key
}

async function exportedCase(owner: Client): Promise<Buffer> {
  const opened = await owner.perform('case.create', { title: 'Phish', tlp: 'CLEAR', note: 'see 192.0.2.7' })
  assert.ok(opened.ok, inspect(opened))
  const exported = await owner.perform('evidence.export', { case: opened.value.id })
  assert.ok(exported.ok, inspect(exported))
  return Buffer.from(exported.value.bundle, 'base64')
}
