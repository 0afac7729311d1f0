import { createRequire } from 'node:module'
import { NativeConnection } from '@temporalio/worker'
import { temporalOf, type WorkerConfig } from './config'

/** The worker's connection; Client and Worker share it. */
export const connectTemporal = (
  config: Pick<WorkerConfig, 'TEMPORAL_ADDRESS' | 'TEMPORAL_TLS' | 'TEMPORAL_API_KEY'>,
): Promise<NativeConnection> => NativeConnection.connect(temporalOf(config))

// CommonJS that Node can't name the exports of
const { temporal } = createRequire(import.meta.url)('@temporalio/proto') as typeof import('@temporalio/proto')
const { INDEXED_VALUE_TYPE_KEYWORD, INDEXED_VALUE_TYPE_KEYWORD_LIST, INDEXED_VALUE_TYPE_DATETIME } =
  temporal.api.enums.v1.IndexedValueType

const attributes = {
  CaseKind: INDEXED_VALUE_TYPE_KEYWORD,
  CaseState: INDEXED_VALUE_TYPE_KEYWORD,
  CustomerId: INDEXED_VALUE_TYPE_KEYWORD,
  WaitingFor: INDEXED_VALUE_TYPE_KEYWORD,
  Tld: INDEXED_VALUE_TYPE_KEYWORD_LIST,
  DueBy: INDEXED_VALUE_TYPE_DATETIME,
}

/** Makes the namespace know what every case shows to search (workflows/case.ts). Temporal Cloud wants them made by its own console. */
export async function ensureSearchAttributes(
  connection: Pick<NativeConnection, 'operatorService'>,
  namespace: string,
): Promise<'there' | 'made' | 'not-allowed'> {
  const known = await connection.operatorService
    .listSearchAttributes({ namespace })
    .then(({ customAttributes }) => Object.keys(customAttributes))
    .catch((): string[] => []) // the time-skipping server can't list, but it can add
  const missing = Object.entries(attributes).filter(([name]) => !known.includes(name))
  if (missing.length === 0) return 'there'
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) })
    return 'made'
  } catch {
    return 'not-allowed'
  }
}
