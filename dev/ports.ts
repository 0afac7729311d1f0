import { isPortFree, portHolder } from './processes'

/** Everything listens beside the port of the pages. */
export const portsFrom = (web: number) => ({
  web,
  postgres: web + 1,
  temporal: web + 2,
  temporalUi: web + 3,
  sandbox: web + 4,
  payments: web + 5,
  smtp: web + 6,
  epp: web + 7,
  epp2: web + 8,
  epp3: web + 9,
  epp4: web + 10,
})

export type Ports = ReturnType<typeof portsFrom>

const names: Record<keyof Ports, string> = {
  web: 'the pages',
  postgres: 'Postgres',
  temporal: 'Temporal',
  temporalUi: 'the Temporal UI',
  sandbox: 'the sandbox counterparties',
  payments: 'the sandbox card provider',
  smtp: 'the sandbox mailbox',
  epp: 'the first sandbox registry',
  epp2: 'the second sandbox registry',
  epp3: 'the third sandbox registry',
  epp4: 'the fourth sandbox registry',
}

/** Fails with who holds which port and what to do about it. */
export async function requireFree(ports: Partial<Ports>): Promise<void> {
  const taken: string[] = []
  for (const [key, port] of Object.entries(ports) as [keyof Ports, number][]) {
    if (!(await isPortFree(port)))
      taken.push(`  Port ${port} (${names[key]}) is taken by ${portHolder(port) ?? 'a process that we may not see'}.`)
  }
  if (taken.length === 0) return
  const elsewhere = (ports.web ?? 3000) + 1000
  throw new Error(
    `Kontor can't start:\n${taken.join('\n')}\nEnd that process, or start Kontor on other ports:  npm start -- --port ${elsewhere}` +
      `   (it takes ${elsewhere} to ${elsewhere + 10})`,
  )
}
