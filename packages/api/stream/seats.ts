/** How many may watch: of one process, and of one user, so that nobody's open tabs take the places of others. */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { StreamTelemetry } from './telemetry.ts';

interface Seats {
  /**
   * Takes a seat for a user. @returns what gives it back, once
   * @throws {InventoryError} overloaded, quota_exceeded
   */
  readonly take: (user: string) => () => void;
}

export function createSeats(
  { most, mostOfUser }: { readonly most: number; readonly mostOfUser: number }, telemetry: Pick<StreamTelemetry, 'refused'>,
): Seats {
  const ofUser = new Map<string, number>();
  let taken = 0;
  return {
    take: (user) => {
      if (taken >= most) {
        telemetry.refused('process');
        throw new InventoryError('overloaded', `This instance has ${most} viewers, and takes no more.`, { retry_after_seconds: 5 });
      }
      const own = ofUser.get(user) ?? 0;
      if (own >= mostOfUser) {
        telemetry.refused('user');
        throw new InventoryError('quota_exceeded', `A user has ${mostOfUser} streams on an instance, at most.`, {
          violated_policies: ['streams'], retry_after_seconds: 5,
        });
      }
      taken += 1;
      ofUser.set(user, own + 1);
      let given = false;
      return () => {
        if (given) return;
        given = true;
        taken -= 1;
        const left = (ofUser.get(user) ?? 1) - 1;
        if (left === 0) ofUser.delete(user);
        else ofUser.set(user, left);
      };
    },
  };
}
