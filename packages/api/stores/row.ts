/** A store as it is stored, and as clients see it. */
export interface StoreRow {
  readonly id: string;
  /** The id of its stream of events. */
  readonly uid: string;
  readonly name: string;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export function storeBody({ id, name, version, created_at: createdAt, updated_at: updatedAt }: StoreRow) {
  return {
    store_id: id, name, version, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString(),
  };
}
