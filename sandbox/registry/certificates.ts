/** The sandbox's own certificate authority: one server certificate, one client certificate per registrar. Made once, kept in the sandbox's folder. */
import 'reflect-metadata'
import { webcrypto, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const crypto = webcrypto as unknown as Crypto

export interface Certified {
  caFile: string
  serverCertFile: string
  serverKeyFile: string
  /** by the registrar's client id, which is the certificate's common name */
  clients: Record<string, { certFile: string; keyFile: string }>
}

const pemOf = async (key: CryptoKey) => x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')

const keyPair = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

const certificate = async (
  subject: string,
  usage: x509.ExtendedKeyUsage | 'authority',
  issuer: { name: string; key: CryptoKey } | undefined,
  names: string[] = [],
) => {
  const keys = await keyPair()
  const made = await x509.X509CertificateGenerator.create(
    {
      subject: `CN=${subject}`,
      issuer: `CN=${issuer?.name ?? subject}`,
      notBefore: new Date(Date.now() - 86_400_000),
      notAfter: new Date(Date.now() + 10 * 365 * 86_400_000),
      publicKey: keys.publicKey,
      signingKey: issuer?.key ?? keys.privateKey,
      signingAlgorithm: algorithm,
      extensions:
        usage === 'authority'
          ? [new x509.BasicConstraintsExtension(true, 1, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)]
          : [
              new x509.BasicConstraintsExtension(false),
              new x509.ExtendedKeyUsageExtension([usage]),
              ...(names.length > 0
                ? [
                    new x509.SubjectAlternativeNameExtension(
                      names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
                    ),
                  ]
                : []),
            ],
    },
    crypto,
  )
  return { pem: made.toString('pem'), key: keys.privateKey }
}

/**
 * Certificates in `dir`: those that are there are kept; all are made anew when one is missing, lapses, or lacks a name.
 * `serverNames`: what registrars call the server, beside this machine's own names.
 */
export const certify = async (dir: string, clientIds: string[], serverNames: string[] = []): Promise<Certified> => {
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...serverNames])]
  const at = (name: string) => join(dir, name)
  const certified: Certified = {
    caFile: at('ca.pem'),
    serverCertFile: at('server.pem'),
    serverKeyFile: at('server-key.pem'),
    clients: Object.fromEntries(
      clientIds.map((id) => [id, { certFile: at(`client-${id}.pem`), keyFile: at(`client-${id}-key.pem`) }]),
    ),
  }
  const wanted = [
    certified.caFile,
    certified.serverCertFile,
    certified.serverKeyFile,
    ...Object.values(certified.clients).flatMap(({ certFile, keyFile }) => [certFile, keyFile]),
  ]
  if (wanted.every((file) => existsSync(file)) && (await serves(certified.serverCertFile, names))) return certified

  await mkdir(dir, { recursive: true })
  const authority = {
    name: 'Kontor sandbox registries',
    ...(await certificate('Kontor sandbox registries', 'authority', undefined)),
  }
  const files: Record<string, string> = { [certified.caFile]: authority.pem }
  const add = async (subject: string, usage: x509.ExtendedKeyUsage, certFile: string, keyFile: string, as?: string[]) => {
    const { pem, key } = await certificate(subject, usage, authority, as)
    files[certFile] = pem
    files[keyFile] = await pemOf(key)
  }
  await add('localhost', x509.ExtendedKeyUsage.serverAuth, certified.serverCertFile, certified.serverKeyFile, names)
  for (const [id, { certFile, keyFile }] of Object.entries(certified.clients))
    await add(id, x509.ExtendedKeyUsage.clientAuth, certFile, keyFile)
  // the authority comes last: a start cut short begins again
  for (const [file, pem] of Object.entries(files).reverse()) {
    await writeFile(`${file}.new`, `${pem}\n`, { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  return certified
}

/** For a month to come, and under all these names. */
const serves = async (file: string, names: string[]) => {
  const certificate = new X509Certificate(await readFile(file, 'utf8'))
  const known = names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
  return known && Date.parse(certificate.validTo) > Date.now() + 30 * 86_400_000
}
