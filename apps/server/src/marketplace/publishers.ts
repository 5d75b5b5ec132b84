import { createPublicKey } from 'node:crypto'
import { allow, deny, marketplaceDenials } from '@switchboard/api'
import { publisherKeyId } from '@switchboard/verifier'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration, WriteContext } from '../kernel/handler.ts'
import { insertPublisher, publishersOf, setPublisherTrust } from './package-store.ts'
import type { PublisherTrust } from './package-store.ts'

export function trustPublisher(): Registration {
  return handleWrite<ReturnType<typeof operationOf<'publisher.trust'>>, { pem: string; keyId: string }>(
    operationOf('publisher.trust'),
    {
      async prepare(_ctx, { key }) {
        const parsed = await parseKey(key)
        return parsed === undefined
          ? deny(marketplaceDenials, 'key_invalid', {
              rule: 'must be an ECDSA P-256 public key in PEM (SPKI)',
            })
          : allow(parsed)
      },
      async run(ctx, { publisher }, { pem, keyId }) {
        const { organisation } = ctx.actor
        const row = {
          organisation,
          publisher,
          key_id: keyId,
          spki_pem: pem,
          pinned_at: ctx.at,
          built_in: 0,
          trust: 'pinned' as const,
        }
        if (!(await insertPublisher(ctx.tx, row))) {
          const known = (await publishersOf(ctx.tx, organisation)).find(
            (other) => other.key_id === keyId || other.publisher === publisher,
          )
          return deny(marketplaceDenials, 'publisher_exists', {
            publisher: known?.publisher ?? publisher,
            keyId: known?.key_id ?? keyId,
          })
        }
        ctx.subject({ target: `${publisher} ${keyId}` })
        return allow({ publisher, keyId })
      },
    },
  )
}

/** `publisher.verify`: an administrator vouches for whoever holds a pinned key. */
export function verifyPublisher(): Registration {
  return handleWrite(operationOf('publisher.verify'), {
    run: (ctx, { publisher }) => changeTrust(ctx, publisher, 'verified'),
  })
}

/** `publisher.unverify`: the key stays pinned, and says again only who signed. */
export function unverifyPublisher(): Registration {
  return handleWrite(operationOf('publisher.unverify'), {
    run: (ctx, { publisher }) => changeTrust(ctx, publisher, 'pinned'),
  })
}

async function changeTrust(ctx: WriteContext, publisher: string, trust: PublisherTrust) {
  const keyId = await setPublisherTrust(ctx.tx, ctx.actor.organisation, publisher, trust)
  if (keyId === undefined) return deny(marketplaceDenials, 'publisher_unknown', { publisher })
  ctx.subject({ target: `${publisher} ${keyId}` })
  return allow({ publisher, keyId, trust })
}

export function listPublishers(): Registration {
  return handleRead(operationOf('publisher.list'), {
    async run(ctx) {
      const rows = await publishersOf(ctx.read, ctx.actor.organisation)
      return allow({
        rows: rows.map((row) => ({
          publisher: row.publisher,
          keyId: row.key_id,
          key: row.spki_pem,
          pinnedAt: row.pinned_at,
          builtIn: row.built_in === 1,
          trust: row.trust,
        })),
      })
    },
  })
}

async function parseKey(pem: string): Promise<{ pem: string; keyId: string } | undefined> {
  // The parser would take a private key too, and what is pasted here should never have left its owner.
  if (!/^\s*-----BEGIN PUBLIC KEY-----/.test(pem)) return undefined
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
      return undefined
    const der = key.export({ type: 'spki', format: 'der' })
    // Exported again, so that what is pinned has one spelling.
    return {
      pem: key.export({ type: 'spki', format: 'pem' }) as string,
      keyId: await publisherKeyId(new Uint8Array(der)),
    }
  } catch {
    // Whatever the parser's complaint, the person must send another key.
    return undefined
  }
}
