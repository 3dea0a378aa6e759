/** A store as requests name it and as answers show it. */
import { storeId, text } from '@inventory/domain/values.ts';
import { z } from 'zod';

export const byId = z.object({ id: storeId });
export const name = text(255).meta({ example: 'Madrid Centro' });

export const store = z.object({
  store_id: z.string(),
  name: z.string(),
  version: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
}).meta({ id: 'Store' });

export const SAMPLE = {
  store_id: 'MAD-001', name: 'Madrid Centro', version: 1, created_at: '2026-11-24T10:28:00.098Z',
  updated_at: '2026-11-24T10:28:00.098Z',
} as const;
