/** The configurations of the three processes, for what describes or deploys them. */
import { apiConfig } from '@inventory/api/config.ts';
import { projectorConfig } from '@inventory/projector/config.ts';
import { relayConfig } from '@inventory/relay/config.ts';

export const processConfigs = { api: apiConfig, relay: relayConfig, projector: projectorConfig } as const;
