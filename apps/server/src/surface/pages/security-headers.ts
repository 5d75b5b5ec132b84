import { hash } from 'node:crypto'

/** For answers that are data: nothing may be loaded, framed or guessed at. */
export const dataHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
}

export interface Page {
  readonly html: string
  readonly policy: string
}

/** A page with one style and one script, each allowed by its hash and nothing else. */
export function pageOf(parts: { title: string; style: string; body: string; script?: string }): Page {
  const script = parts.script ?? ''
  const html =
    `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n` +
    `<title>${escapeHtml(parts.title)}</title>\n<style>${parts.style}</style>\n${parts.body}\n` +
    `${script === '' ? '' : `<script>${script}</script>\n`}</html>\n`
  const scripts = script === '' ? "'none'" : source(script)
  return {
    html,
    policy:
      `default-src 'none'; style-src ${source(parts.style)}; script-src ${scripts}; connect-src 'self'; img-src 'self'; ` +
      "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  }
}

const source = (text: string) => `'sha256-${hash('sha256', text, 'base64')}'`

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
