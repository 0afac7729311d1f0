import { NativeConnection } from '@temporalio/worker'
import type { WorkerConfig } from './config'

/** The worker's connection; Client and Worker share it. TLS and API key as Temporal Cloud wants them. */
export const connectTemporal = (
  config: Pick<WorkerConfig, 'TEMPORAL_ADDRESS' | 'TEMPORAL_TLS' | 'TEMPORAL_API_KEY'>,
): Promise<NativeConnection> =>
  NativeConnection.connect({
    address: config.TEMPORAL_ADDRESS,
    ...(config.TEMPORAL_TLS || config.TEMPORAL_API_KEY ? { tls: true } : {}),
    ...(config.TEMPORAL_API_KEY ? { apiKey: config.TEMPORAL_API_KEY } : {}),
  })
