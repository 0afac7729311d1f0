import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './client/client'

export type { PrismaClient }

/** A client for one database. `poolSize` is the number of Postgres connections it may hold; close it with `$disconnect()`. */
export const createPrisma = (databaseUrl: string, { poolSize = 10 }: { poolSize?: number } = {}): PrismaClient =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: poolSize }) })
