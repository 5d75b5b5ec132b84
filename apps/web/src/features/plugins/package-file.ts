/** As `package.add` bounds its input: so many characters of base64. */
const mostLetters = 90_000_000
export const mostPackageBytes = (mostLetters / 4) * 3

/** Why a file is not worth sending, in a sentence; the server says everything else about it. */
export function refusedBeforehand(file: { readonly size: number }): string | undefined {
  if (file.size === 0) return 'The file is empty.'
  if (file.size > mostPackageBytes)
    return `The file has ${megabytes(file.size)}; the server takes packages of up to ${megabytes(mostPackageBytes)}.`
  return undefined
}

/** The bytes in base64. The browser does it: sixty megabytes by a loop of ours would hold the page up. */
export function toBase64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onerror = () => reject(reader.error ?? new Error('The file cannot be read.'))
    reader.onload = () => {
      const url = typeof reader.result === 'string' ? reader.result : ''
      resolve(url.slice(url.indexOf(',') + 1))
    }
    reader.readAsDataURL(file)
  })
}

function megabytes(size: number): string {
  return `${(size / 1_000_000).toFixed(1)} MB`
}
