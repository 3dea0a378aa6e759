// Generated from docs/openapi.json: npm run generate writes it.
/** By operationId: the method, the path, and for a list the parameter that carries its cursor. */
export const operations = {
  /** Get the availability of a product */
  getAvailability: ['GET', '/products/{id}/availability'],
  /** Get the availability of several products */
  listAvailability: ['GET', '/availability'],
  /** Change the stock of a product in a store */
  changeStock: ['POST', '/stock'],
  /** Change many stock rows at once */
  changeStockBatch: ['POST', '/stock/batch'],
  /** Set the stock of a product in a store to a count */
  countStock: ['PUT', '/stores/{store}/stock/{product}'],
  /** Get a stock row, as it is or as it was */
  getStock: ['GET', '/stores/{store}/stock/{product}'],
  /** Count many products of a store at once */
  countShelf: ['POST', '/stores/{store}/counts'],
  /** List the stock of a store */
  listStock: ['GET', '/stores/{store}/stock', 'cursor'],
  /** List the movements of a stock row */
  getStockHistory: ['GET', '/stores/{store}/stock/{product}/history', 'cursor'],
  /** Explain why a stock row is what it is */
  explainStock: ['GET', '/stores/{store}/stock/{product}/explain'],
  /** List what has moved in a store */
  listMovements: ['GET', '/stores/{store}/movements', 'cursor'],
  /** Hold units of a product in a store */
  createReservation: ['POST', '/reservations'],
  /** List holds */
  listReservations: ['GET', '/reservations', 'cursor'],
  /** Get a hold */
  getReservation: ['GET', '/reservations/{id}'],
  /** Confirm a hold: its units are sold */
  confirmReservation: ['POST', '/reservations/{id}/confirm'],
  /** Cancel a hold: its units are released */
  cancelReservation: ['POST', '/reservations/{id}/cancel'],
  /** Extend a hold */
  extendReservation: ['POST', '/reservations/{id}/extend'],
  /** Take back units that were sold from a hold */
  returnReservation: ['POST', '/reservations/{id}/return'],
  /** Hold a cart */
  createCart: ['POST', '/reservations/batch'],
  /** Get a cart */
  getCart: ['GET', '/reservations/batch/{id}'],
  /** Confirm a cart: its holds are sold */
  confirmCart: ['POST', '/reservations/batch/{id}/confirm'],
  /** Extend a cart: its open holds */
  extendCart: ['POST', '/reservations/batch/{id}/extend'],
  /** Cancel a cart: its holds are released */
  cancelCart: ['POST', '/reservations/batch/{id}/cancel'],
  /** Get the customer whom a ref stands for */
  getCustomer: ['GET', '/customers/{ref}'],
  /** Forget a customer */
  eraseCustomer: ['POST', '/customers/erasures'],
  /** Get an erasure */
  getErasure: ['GET', '/customers/erasures/{id}'],
  /** List the products, look for some, or find one by its SKU or a barcode */
  listProducts: ['GET', '/products', 'cursor'],
  /** Add a product to the catalogue */
  createProduct: ['POST', '/products'],
  /** Get a product */
  getProduct: ['GET', '/products/{id}'],
  /** Change members of a product */
  updateProduct: ['PATCH', '/products/{id}'],
  /** Archive a product */
  archiveProduct: ['DELETE', '/products/{id}'],
  /** List the stores, of a group or near a place */
  listStores: ['GET', '/stores', 'cursor'],
  /** Open a store */
  createStore: ['POST', '/stores'],
  /** Get a store */
  getStore: ['GET', '/stores/{id}'],
  /** Change members of a store: its name, place, groups or state */
  updateStore: ['PATCH', '/stores/{id}'],
  /** Follow the event log */
  listEvents: ['GET', '/events', 'after'],
  /** Get an event */
  getEvent: ['GET', '/events/{id}'],
  /** Get a ticket for an EventSource */
  createStreamTicket: ['POST', '/stream/tickets'],
  /** See who you are, what you may, and which limits bind you */
  getMe: ['GET', '/me'],
  /** See how far publishing and the view are behind the log */
  getLag: ['GET', '/admin/lag'],
  /** See who consumes the stream, and how far each is behind */
  getConsumers: ['GET', '/admin/consumers'],
  /** See whether the view agrees with the log */
  getConsistency: ['GET', '/admin/consistency'],
  /** See the events that cannot be published */
  getParkedEvents: ['GET', '/admin/parked'],
  /** See one event that cannot be published */
  getParkedEvent: ['GET', '/admin/parked/{id}'],
  /** Try to publish parked events again */
  retryParked: ['POST', '/admin/parked/retry'],
  /** Never publish parked events */
  skipParked: ['POST', '/admin/parked/skip'],
  /** See the replays */
  getReplays: ['GET', '/admin/replays'],
  /** Publish a range of the log again */
  createReplay: ['POST', '/admin/replays'],
  /** See what a replay would publish */
  planReplay: ['GET', '/admin/replays/plan'],
  /** See a replay */
  getReplay: ['GET', '/admin/replays/{id}'],
  /** Pause a replay */
  pauseReplay: ['POST', '/admin/replays/{id}/pause'],
  /** Go on with a replay */
  resumeReplay: ['POST', '/admin/replays/{id}/resume'],
  /** Cancel a replay */
  cancelReplay: ['POST', '/admin/replays/{id}/cancel'],
  /** Compare the whole view with the log */
  createVerification: ['POST', '/admin/verifications'],
  /** Build the view anew from the log */
  createRebuild: ['POST', '/admin/rebuilds'],
  /** See what was asked of the projectors */
  getViewJobs: ['GET', '/admin/view-jobs'],
  /** Get this document */
  getOpenApi: ['GET', '/openapi.json'],
  /** Get the document of what is published to NATS */
  getAsyncApi: ['GET', '/asyncapi.json'],
  /** Get the JSON Schema of an event's data */
  getEventSchema: ['GET', '/event-schemas/{type}/{version}'],
  /** Open the documentation, where calls can be tried */
  getDocs: ['GET', '/docs'],
  /** Get a file of the documentation page */
  getDocsAsset: ['GET', '/docs/{asset}'],
  /** Open the page of an error code */
  getProblem: ['GET', '/problems/{code}'],
} as const;

/** The codes of problems that the document lists. */
export const problemCodes: ReadonlySet<string> = new Set([
  'validation_failed',
  'malformed_json',
  'bad_request',
  'unauthenticated',
  'forbidden',
  'store_not_in_scope',
  'not_found',
  'method_not_allowed',
  'not_acceptable',
  'request_timeout',
  'payload_too_large',
  'uri_too_long',
  'unsupported_media_type',
  'expectation_failed',
  'header_fields_too_large',
  'insufficient_stock',
  'stock_limit_exceeded',
  'change_limit_exceeded',
  'reservation_expired',
  'reservation_already_confirmed',
  'reservation_already_cancelled',
  'wrong_state',
  'more_than_sold',
  'hold_limit_exceeded',
  'sale_limit_exceeded',
  'sku_taken',
  'in_use',
  'customer_has_holds',
  'conversion_pending',
  'log_epoch_changed',
  'version_mismatch',
  'idempotency_key_reused',
  'precondition_required',
  'quota_exceeded',
  'dependency_unavailable',
  'lock_timeout',
  'overloaded',
  'outcome_unknown',
  'internal_error',
]);
