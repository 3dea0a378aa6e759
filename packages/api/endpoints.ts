/**
 * Every endpoint of the API, in the order in which the documents show them: the only list. The routes and their 405s,
 * the documents, the metrics and the matrix of authorisation come from it.
 */
import { createReplay } from './admin/create-replay.ts';
import { retryParked, skipParked } from './admin/decide-parked.ts';
import { getConsistency } from './admin/get-consistency.ts';
import { getConsumers } from './admin/get-consumers.ts';
import { getLag } from './admin/get-lag.ts';
import { getParkedEvent } from './admin/get-parked-event.ts';
import { getParkedEvents } from './admin/get-parked-events.ts';
import { getReplay, getReplays } from './admin/get-replays.ts';
import { planReplay } from './admin/plan-replay.ts';
import { cancelReplay, pauseReplay, resumeReplay } from './admin/steer-replay.ts';
import { createRebuild, createVerification, getViewJobs } from './admin/view-jobs.ts';
import { getAvailability } from './availability/get-availability.ts';
import { listAvailability } from './availability/list-availability.ts';
import { eraseCustomer } from './customers/erase-customer.ts';
import { getCustomer } from './customers/get-customer.ts';
import { getErasure } from './customers/get-erasure.ts';
import type { ApiDeps } from './deps.ts';
import { getEvent } from './events/get-event.ts';
import { listEvents } from './events/list-events.ts';
import type { Endpoint } from './http/endpoint/endpoint.ts';
import { getMe } from './me/get-me.ts';
import {
  getAsyncApi, getDocs, getDocsAsset, getEventSchema, getOpenApi, getProblem,
} from './openapi/get-contract.ts';
import { archiveProduct } from './products/archive-product.ts';
import { createProduct } from './products/create-product.ts';
import { getProduct } from './products/get-product.ts';
import { listProducts } from './products/list-products.ts';
import { updateProduct } from './products/update-product.ts';
import { cancelCart, confirmCart, createCart, extendCart } from './reservations/cart.ts';
import { cancelReservation, confirmReservation, extendReservation } from './reservations/change-reservation.ts';
import { createReservation } from './reservations/create-reservation.ts';
import { getCart } from './reservations/get-cart.ts';
import { getReservation } from './reservations/get-reservation.ts';
import { listReservations } from './reservations/list-reservations.ts';
import { returnReservation } from './reservations/return-reservation.ts';
import { changeStock } from './stock/change-stock.ts';
import { changeStockBatch } from './stock/change-stock-batch.ts';
import { countShelf } from './stock/count-shelf.ts';
import { countStock } from './stock/count-stock.ts';
import { explainStock } from './stock/explain-stock.ts';
import { getStock } from './stock/get-stock.ts';
import { getStockHistory } from './stock/get-stock-history.ts';
import { listMovements } from './stock/list-movements.ts';
import { listStock } from './stock/list-stock.ts';
import { createStore } from './stores/create-store.ts';
import { getStore } from './stores/get-store.ts';
import { listStores } from './stores/list-stores.ts';
import { updateStore } from './stores/update-store.ts';
import { createStreamTicket } from './stream/create-stream-ticket.ts';
import { openStream } from './stream/open-stream.ts';

export const endpoints: readonly Endpoint<ApiDeps>[] = [
  getAvailability, listAvailability,
  changeStock, changeStockBatch, countStock, countShelf, listStock, getStock, getStockHistory, explainStock, listMovements,
  createReservation, listReservations, getReservation, confirmReservation, cancelReservation, extendReservation, returnReservation,
  createCart, getCart, confirmCart, extendCart, cancelCart,
  getCustomer, eraseCustomer, getErasure,
  listProducts, createProduct, getProduct, updateProduct, archiveProduct,
  listStores, createStore, getStore, updateStore,
  listEvents, getEvent, openStream, createStreamTicket,
  getMe,
  getLag, getConsumers, getConsistency,
  getParkedEvents, getParkedEvent, retryParked, skipParked,
  getReplays, createReplay, planReplay, getReplay, pauseReplay, resumeReplay, cancelReplay,
  createVerification, createRebuild, getViewJobs,
  getOpenApi, getAsyncApi, getEventSchema, getDocs, getDocsAsset, getProblem,
];
