/** The configurations of the three processes, for what describes or deploys them. */
import { apiConfig } from '../api/config.ts';
import { projectorConfig } from '../projector/config.ts';
import { relayConfig } from '../relay/config.ts';

export const processConfigs = { api: apiConfig, relay: relayConfig, projector: projectorConfig } as const;
