import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

/** A CA that lives as long as a test, and certificates that it signs. */
export interface TestAuthority {
  readonly pem: string
  certify(names: readonly string[]): { readonly cert: string; readonly key: string }
}

/** One for all: making a key takes longer than most tests, and none of them is about the key. */
let leafKey: ReturnType<typeof rsaKey> | undefined

export function makeAuthority(name = 'A CA made for this test'): TestAuthority {
  const { publicKey, privateKey } = rsaKey()
  const ca = certificate(publicKey, name)
  ca.setIssuer(ca.subject.attributes)
  ca.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ])
  ca.sign(privateKey, forge.md.sha256.create())
  return {
    pem: forge.pki.certificateToPem(ca),
    certify(names) {
      const own = (leafKey ??= rsaKey())
      const leaf = certificate(own.publicKey, names[0] ?? '')
      leaf.setIssuer(ca.subject.attributes)
      leaf.setExtensions([
        { name: 'basicConstraints', cA: false },
        // 2: a name of the DNS.
        { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
      ])
      leaf.sign(privateKey, forge.md.sha256.create())
      return { cert: forge.pki.certificateToPem(leaf), key: forge.pki.privateKeyToPem(own.privateKey) }
    },
  }
}

function certificate(publicKey: forge.pki.rsa.PublicKey, commonName: string): forge.pki.Certificate {
  const made = forge.pki.createCertificate()
  made.publicKey = publicKey
  made.serialNumber = `01${Date.now().toString(16)}${Math.floor(Math.random() * 0xffff).toString(16)}`
    .padEnd(20, '0')
    .slice(0, 20)
  made.validity.notBefore = new Date(Date.now() - 3_600_000)
  made.validity.notAfter = new Date(Date.now() + 86_400_000)
  made.setSubject([{ name: 'commonName', value: commonName }])
  return made
}

/** Made by Node: the library's own takes seconds. */
function rsaKey() {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const key = forge.pki.privateKeyFromPem(privateKey)
  return { privateKey: key, publicKey: forge.pki.setRsaPublicKey(key.n, key.e) }
}
