/** A store as requests name it and as answers show it. */
import { storeStatuses } from '@inventory/domain/events.ts';
import { storeId, text } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { group } from '../directory/where.ts';

const MAX_GROUPS = 20;

export const byId = z.object({ id: storeId });
export const name = text(255).meta({ example: 'Madrid Centro' });

const latitude = z.number().min(-90).max(90).meta({ description: 'Degrees; given and emptied together with longitude' });
const longitude = z.number().min(-180).max(180).meta({ description: 'Degrees; given and emptied together with latitude' });
const country = z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters of ISO 3166-1').meta({ example: 'ES' });
const timeZone = z.string().max(64).regex(/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/, 'must be a name of the IANA database')
  .refine(isTimeZone, 'must be a name of the IANA database').meta({ example: 'Europe/Madrid' });

/** What a request may say of a store besides its id and name; what it leaves out stays as it is. */
export const whereabouts = {
  groups: z.array(group).max(MAX_GROUPS).transform((groups) => [...new Set(groups)].sort()).optional(),
  latitude: latitude.nullable().optional(),
  longitude: longitude.nullable().optional(),
  country: country.nullable().optional(),
  time_zone: timeZone.nullable().optional(),
  priority: z.int().min(0).max(1000).meta({ description: 'The higher, the sooner goods are taken from it' }).optional(),
  pickup: z.boolean().meta({ description: 'Customers collect here' }).optional(),
  ships: z.boolean().meta({ description: 'It sends goods to customers' }).optional(),
  status: z.enum(storeStatuses).meta({ description: 'CLOSED: left out of every answer about availability; the live feed goes on showing it' }).optional(),
};

/** Half a place is none: the issues of a request that names one coordinate without the other. */
export function refuseHalfPlaces({ value, issues }: {
  readonly value: { readonly latitude?: number | null | undefined; readonly longitude?: number | null | undefined };
  readonly issues: { push: (issue: { code: 'custom'; path: string[]; message: string; input: unknown }) => unknown };
}): void {
  const { latitude: lat, longitude: lon } = value;
  if (typeof lat === typeof lon && (lat === null) === (lon === null)) return;
  const path = [lat === undefined ? 'latitude' : 'longitude'];
  issues.push({ code: 'custom', path, message: 'latitude and longitude are given, or null, together', input: value });
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const store = z.object({
  store_id: z.string(),
  name: z.string(),
  groups: z.array(z.string()),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  country: z.string().nullable(),
  time_zone: z.string().nullable(),
  priority: z.int(),
  pickup: z.boolean(),
  ships: z.boolean(),
  status: z.enum(storeStatuses),
  version: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
}).meta({ id: 'Store' });

export const SAMPLE = {
  store_id: 'MAD-001', name: 'Madrid Centro', groups: ['madrid'], latitude: 40.4168, longitude: -3.7038, country: 'ES',
  time_zone: 'Europe/Madrid', priority: 0, pickup: true, ships: true, status: 'OPEN',
  version: 1, created_at: '2026-11-24T10:28:00.098Z', updated_at: '2026-11-24T10:28:00.098Z',
} as const;
