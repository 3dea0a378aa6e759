/** The tables of API.md, made from the endpoints: nothing between its markers is written by hand. */
import { errorCodes } from '@inventory/domain/errors.ts';
import type { Grant } from '../http/auth/access.ts';
import type { Contract } from '../http/endpoint/endpoint.ts';
import { problemTypes } from '../http/problems.ts';
import { advice } from './advice.ts';

const REACH: Readonly<Record<Grant['reach'], string>> = {
  all: '', own_stores: ' of the store', own_stores_or_made: ' of the store or who made it', own_customer: ' for himself',
};

/** Who may call an endpoint, in words. */
export function whoOf({ access }: Contract): string {
  if (access === 'public') return 'anybody, without a token';
  const { customer, vendor, service, admin } = access;
  const told = Object.entries({ customer, vendor, service, admin })
    .flatMap(([role, grant]) => (grant === undefined ? [] : [`${role}${REACH[grant.reach]}`]));
  return told.length === 4 && told.every((each) => !each.includes(' ')) ? 'all' : told.join(', ');
}

/** The rights that a verb stands for: one of them is needed, by the role of who asks. */
export function permissionsIn(verb: NonNullable<Contract['verb']>): readonly string[] {
  return verb === 'reserve' ? ['reserve:own', 'reserve:others'] : [verb];
}

/** The right that a token may leave out by its claim `permissions`, in words; a dash where none is needed. */
function rightOf({ verb = 'read' }: Contract): string {
  return verb === 'read' ? '–' : permissionsIn(verb).map((permission) => `\`${permission}\``).join(' or ');
}

/** What a request counts in the rate limits. */
function costOf({ cost }: Contract): string {
  if (cost === undefined) return '1';
  return 'units' in cost ? String(cost.units) : `1 for ${cost.unitFor} ${cost.of}`;
}

/** Every endpoint: its path, who may call it, by which right, what for, and what it counts in the rate limits. */
export function endpointsTable(contracts: readonly Contract[]): string {
  const rows = contracts.map((contract) =>
    `| \`${contract.method.toUpperCase()} ${contract.path}\` | ${whoOf(contract)} | ${rightOf(contract)} | ${contract.summary} | ${costOf(contract)} |`);
  return ['| Method and path | Who | Right | What | Counts |', '|---|---|---|---|---|', ...rows].join('\n');
}

/** Every error code: its status, whether to try again, and what to do. */
export function problemsTable(): string {
  const byStatus = errorCodes.toSorted((a, b) => problemTypes[a].status - problemTypes[b].status);
  const rows = byStatus.map((code) =>
    `| ${problemTypes[code].status} | \`${code}\` | ${problemTypes[code].retryable ? 'yes' : 'no'} | ${advice[code]} |`);
  return ['| Status | Code | Try again | What it means |', '|---|---|---|---|', ...rows].join('\n');
}
