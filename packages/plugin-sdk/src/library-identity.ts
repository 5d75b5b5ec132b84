/** How SBOMs name a library: package URL, checksum, licence. */

/** @see https://github.com/package-url/purl-spec */
export function purlOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`
}

/** Subresource integrity as SBOMs write a checksum. */
export function integrityHex(
  integrity: string | undefined,
): { readonly algorithm: 'SHA256' | 'SHA384' | 'SHA512'; readonly hex: string } | undefined {
  const [, bits, base64] = /^sha(256|384|512)-(.+)$/.exec(integrity ?? '') ?? []
  return bits === undefined || base64 === undefined
    ? undefined
    : {
        // One of the three, by the expression above.
        algorithm: `SHA${bits}` as 'SHA256' | 'SHA384' | 'SHA512',
        hex: Buffer.from(base64, 'base64').toString('hex'),
      }
}

export function isSpdxExpression(licence: string): boolean {
  return /^\(?[A-Za-z0-9.+-]+\)?( (AND|OR|WITH) \(?[A-Za-z0-9.+-]+\)?)*$/.test(licence)
}
