/**
 * Every operation of the API, in the order in which the documents show them. app.ts refuses to start with a route that
 * is not here, or without one that is.
 */
import { getConsistency } from './admin/get-consistency.ts';
import { getLag } from './admin/get-lag.ts';
import { getAvailability, listAvailability } from './availability/get-availability.ts';
import { listEvents } from './events/list-events.ts';
import { getEvent } from './events/get-event.ts';
import type { Contract, Operation } from './http/endpoint/endpoint.ts';
import { getAsyncApi, getDocs, getDocsAsset, getEventSchema, getOpenApi, getProblem } from './openapi/contracts.ts';
import {
  createProductContract, deleteProduct, getProduct, listProducts, updateProduct,
} from './products/contracts.ts';
import { cancelCart, confirmCart, createCart } from './reservations/cart.ts';
import {
  cancelReservation, confirmReservation, createReservation, extendReservation, getReservation,
} from './reservations/contracts.ts';
import { listReservations } from './reservations/list-reservations.ts';
import { changeStock } from './stock/change-stock.ts';
import { changeStockBatch } from './stock/change-stock-batch.ts';
import { countStock } from './stock/count-stock.ts';
import { explainStock } from './stock/explain-stock.ts';
import { getStockHistory } from './stock/get-stock-history.ts';
import { listStock } from './stock/list-stock.ts';
import { getStock } from './stock/get-stock.ts';
import { createStoreContract, getStore, listStores, updateStore } from './stores/contracts.ts';

export const contracts: readonly Contract[] = [
  getAvailability, listAvailability,
  changeStock, changeStockBatch, countStock, listStock, getStock, getStockHistory, explainStock,
  createReservation, listReservations, getReservation, confirmReservation, cancelReservation, extendReservation,
  createCart, confirmCart, cancelCart,
  listProducts, createProductContract, getProduct, updateProduct, deleteProduct,
  listStores, createStoreContract, getStore, updateStore,
  listEvents, getEvent,
  getLag, getConsistency,
  getOpenApi, getAsyncApi, getEventSchema, getDocs, getDocsAsset, getProblem,
];

/** @throws {Error} where what is served and what is promised differ */
export function demandAll(operations: readonly Operation[]): void {
  const served = new Set(operations.map(({ contract }) => contract));
  const unknown = [...served].filter((contract) => !contracts.includes(contract));
  const missing = contracts.filter((contract) => !served.has(contract));
  if (unknown.length === 0 && missing.length === 0) return;
  const names = (list: readonly Contract[]): string => list.map(({ id }) => id).join(', ') || 'none';
  throw new Error(`routes without an entry in contracts.ts: ${names(unknown)}; entries without: ${names(missing)}`);
}
