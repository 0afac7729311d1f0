/** The sandbox's own certificate authority: one server certificate, one client certificate per registrar. Made once, kept in the sandbox's folder. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
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
              new x509.SubjectAlternativeNameExtension([
                { type: 'dns', value: 'localhost' },
                { type: 'ip', value: '127.0.0.1' },
                { type: 'ip', value: '::1' },
              ]),
            ],
    },
    crypto,
  )
  return { pem: made.toString('pem'), key: keys.privateKey }
}

/** Certificates in `dir`: those that are there are kept, all are made anew when one is missing. `hosts`: further names of the server. */
export const certify = async (dir: string, clientIds: string[]): Promise<Certified> => {
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
  if (wanted.every((file) => existsSync(file)) && !(await lapsing(certified.serverCertFile))) return certified

  await mkdir(dir, { recursive: true })
  const authority = {
    name: 'Kontor sandbox registries',
    ...(await certificate('Kontor sandbox registries', 'authority', undefined)),
  }
  const files: Record<string, string> = { [certified.caFile]: authority.pem }
  const add = async (subject: string, usage: x509.ExtendedKeyUsage, certFile: string, keyFile: string) => {
    const { pem, key } = await certificate(subject, usage, authority)
    files[certFile] = pem
    files[keyFile] = await pemOf(key)
  }
  await add('localhost', x509.ExtendedKeyUsage.serverAuth, certified.serverCertFile, certified.serverKeyFile)
  for (const [id, { certFile, keyFile }] of Object.entries(certified.clients))
    await add(id, x509.ExtendedKeyUsage.clientAuth, certFile, keyFile)
  // the authority comes last: a start cut short begins again
  for (const [file, pem] of Object.entries(files).reverse()) {
    await writeFile(`${file}.new`, `${pem}\n`, { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  return certified
}

const lapsing = async (file: string) =>
  new x509.X509Certificate(await readFile(file, 'utf8')).notAfter.getTime() < Date.now() + 30 * 86_400_000
