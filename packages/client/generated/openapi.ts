// Generated from docs/openapi.json: npm run generate writes it.
export interface paths {
    "/products/{id}/availability": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the availability of a product
         * @description Everything that was committed by as_of is in the answer. source says where it comes from: cache is the view in Redis, database is Postgres, stale is a view of the last five minutes while Postgres does not answer. Stores that are CLOSED are left out, within 2 s. Choose stores by store_ids, group, or near with radius_km: total_available and stores_matched are then those of the chosen stores that have the product. A group or store that does not exist is refused, and a radius with more than 500 stores in it.
         *
         *     For: all.
         */
        get: operations["getAvailability"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/availability": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the availability of several products
         * @description Up to 100 products, in the order asked for; not_found lists those that do not exist. Each product has its own as_of and source. Stores are chosen as for one product.
         *
         *     For: all.
         */
        get: operations["listAvailability"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change the stock of a product in a store
         * @description A receipt, a sale at the counter, a loss. The first receipt of a product in a store makes its row. The product is named by product_id, sku or barcode; quantity_change counts packs where the barcode is one of a pack.
         *
         *     For: vendor of the store, admin.
         */
        post: operations["changeStock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stock/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change many stock rows at once
         * @description The items are applied one after the other, in one transaction. atomic: all or nothing, with one status; a refusal points at every item that cannot be done. partial: each item has its own status. Each item names its product by product_id, sku or barcode; quantity_change counts packs where the barcode is one of a pack.
         *
         *     For: vendor of the store, admin.
         */
        post: operations["changeStockBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stores/{store}/stock/{product}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a stock row, as it is or as it was
         * @description as_of is a time or the position of an event: the row is then read from the event log. The answer names the event that left the row in this state, and the settled position, up to which the log was read; it has no ETag. The events of the row are looked through for it, which counts as 1000 items.
         *
         *     For: vendor of the store, admin.
         */
        get: operations["getStock"];
        /**
         * Set the stock of a product in a store to a count
         * @description The quantity is absolute, so the request must name the state that it replaces: If-Match with the ETag of the row, or expected_quantity. A count that agrees with the row changes nothing; a first count makes the row. A count below what is held is refused and names the holds; with on_shortfall RELEASE, which needs the permission reserve:others too, it cancels the youngest of them, whole, until the others fit, and released names those.
         *
         *     For: vendor of the store, admin.
         */
        put: operations["countStock"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stores/{store}/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count many products of a store at once
         * @description Each item is a count as PUT …/stock/{product} takes it, and must name the state that it replaces: expected_quantity or expected_version. atomic: all or nothing, with one status; a refusal points at every item that cannot be done. partial: each item has its own status. on_shortfall is of all items. Each item names its product by product_id, sku or barcode, once; quantity and expected_quantity count packs where the barcode is one of a pack.
         *
         *     For: vendor of the store, admin.
         */
        post: operations["countShelf"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stores/{store}/stock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the stock of a store
         * @description Ordered by product. With below, only rows with fewer units available: all rows of the store are looked through for them, which counts as 1000 items. With sku or barcode, only the row of that product: one or none.
         *
         *     For: vendor of the store, admin.
         */
        get: operations["listStock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stores/{store}/stock/{product}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the movements of a stock row
         * @description The newest first, one for each version of the row: who, why, and the numbers before and after.
         *
         *     For: vendor of the store, admin.
         */
        get: operations["getStockHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stores/{store}/stock/{product}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain why a stock row is what it is
         * @description Its events, summed up by type and reason, the newest of them one by one, and its open holds. agrees is true when the fold of the events (the newest 10 000, onto the opening balance before them) equals the row, and the open holds add up to what is reserved.
         *
         *     For: vendor of the store, admin.
         */
        get: operations["explainStock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stores/{store}/movements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what has moved in a store
         * @description The newest first: every change of a quantity, the sale of a hold too. With reason=SALE, sales at the counter and sales of holds. A page may be short or empty although there is more: the last page has no next_cursor.
         *
         *     For: vendor of the store, admin.
         */
        get: operations["listMovements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List holds
         * @description The newest first. A customer sees his own holds, a vendor those of his stores and those that he made, a service and an admin all. The status is as of this moment: a lapsed hold is EXPIRED.
         *
         *     For: customer for himself, vendor of the store or who made it, service, admin.
         */
        get: operations["listReservations"];
        put?: never;
        /**
         * Hold units of a product in a store
         * @description The units are free again when the hold is cancelled, or after its ttl (in seconds). The product is named by product_id, sku or barcode; quantity counts packs where the barcode is one of a pack.
         *
         *     For: customer for himself, vendor, service, admin.
         */
        post: operations["createReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a hold
         * @description A lapsed hold reads EXPIRED at once. A hold of somebody else is 404.
         *
         *     For: customer for himself, vendor of the store or who made it, service, admin.
         */
        get: operations["getReservation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm a hold: its units are sold
         * @description With a smaller quantity, the rest is released. The same request again has the same answer. The units that a customer confirms in 24 hours have a limit, and where payment decides a customer confirms nothing (403). A vendor sells in his own stores only.
         *
         *     For: customer for himself, vendor of the store, service, admin.
         */
        post: operations["confirmReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a hold: its units are released
         * @description For: customer for himself, vendor of the store or who made it, service, admin.
         */
        post: operations["cancelReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations/{id}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extend a hold
         * @description ttl is in seconds from now. It never shortens a hold, and no hold lasts for more than 24 hours.
         *
         *     For: customer for himself, vendor of the store or who made it, service, admin.
         */
        post: operations["extendReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations/{id}/return": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back units that were sold from a hold
         * @description They are on the shelf of the store again, as a movement with the reason RETURN that names the reservation. Returns of one sale add up, to no more than was sold: send an Idempotency-Key, or a repeat is another return. Without a quantity, all that has not come back yet is returned, and the same again changes nothing. The reservation stays CONFIRMED and shows returned_quantity.
         *
         *     For: vendor of the store, admin.
         */
        post: operations["returnReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hold a cart
         * @description All lines or none. Lines of one stock row are added up before they are compared with it. A refusal names every short line, with what all lines together want of its row. Each line names its product by product_id, sku or barcode; quantity counts packs where the barcode is one of a pack.
         *
         *     For: customer for himself, vendor, service, admin.
         */
        post: operations["createCart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations/batch/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a cart
         * @description Its holds in the order of its lines, each as it is now; a vendor gets those of his stores and those that he made. expires_at is the first end of an open hold, null where none is open.
         *
         *     For: customer for himself, vendor of the store or who made it, service, admin.
         */
        get: operations["getCart"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations/batch/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm a cart: its holds are sold
         * @description All of its holds, or none if one of them has expired or was cancelled. With lines, the holds that they name are sold, fewer units where they say so, and the open ones that they leave out are cancelled; what is closed and left out stays as it is, also where it closes at this moment. So a cart with a closed line is finished by naming the others.
         *
         *     For: customer for himself, vendor of the store, service, admin.
         */
        post: operations["confirmCart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations/batch/{id}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extend a cart: its open holds
         * @description ttl is in seconds from now, as for one hold. Holds that are closed stay as they are, and are not in the answer; it is refused where none is open.
         *
         *     For: customer for himself, vendor of the store or who made it, service, admin.
         */
        post: operations["extendCart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reservations/batch/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a cart: its holds are released
         * @description All of its holds, or none if one of them has expired or was confirmed.
         *
         *     For: customer for himself, vendor of the store or who made it, service, admin.
         */
        post: operations["cancelCart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the customer whom a ref stands for
         * @description customer_id is null, and erased_at a time, once the customer was erased.
         *
         *     For: service, admin.
         */
        get: operations["getCustomer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Forget a customer
         * @description For good: nobody can tell any more whose the holds, sales and events of his ref were, and the tokens that he has are refused. Open holds are cancelled with release_holds, else they are a 409. References of his holds that name him are removed where they are given. The event customer.erased tells consumers to drop what they have derived. Somebody of whom nothing is known gets the same answer, with a ref of nobody; who comes again by the same id gets a new ref. Tokens and stored answers go by the id, whatever the role. Give all references at once: a later request does not find his holds. docs/security.md says what is not forgotten.
         *
         *     For: admin.
         */
        post: operations["eraseCustomer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/erasures/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an erasure
         * @description It says whose ref it was about, and no more who that was.
         *
         *     For: admin.
         */
        get: operations["getErasure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the products, look for some, or find one by its SKU or a barcode
         * @description Without archived products; with archived=true, archived products only. q looks for products with words that begin so, in name and SKU, and is answered with one page, ordered by name. ids, up to 100, is answered in the order asked for, archived ones included; what does not exist is left out. barcode finds the product that has this code among its identifiers; a number as long as a GTIN is compared with zeros in front. One that no product has is an empty list, and 400 where its check digit is wrong.
         *
         *     For: all.
         */
        get: operations["listProducts"];
        put?: never;
        /**
         * Add a product to the catalogue
         * @description identifiers are the codes by which it is scanned, each unique in the chain, archived products included; units says what one scan of it stands for, such as 12 for a box of twelve. unit and display_exponent are labels; PIECE and 0 where they are left out.
         *
         *     For: admin.
         */
        post: operations["createProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/products/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a product
         * @description For: all.
         */
        get: operations["getProduct"];
        put?: never;
        post?: never;
        /**
         * Archive a product
         * @description It keeps its history and its SKU, and no store can receive it any more. Refused while a store has any of it.
         *
         *     For: admin.
         */
        delete: operations["archiveProduct"];
        options?: never;
        head?: never;
        /**
         * Change members of a product
         * @description A member that is left out stays as it is; null empties it; identifiers are replaced as a whole. With If-Match, only if the product is at that version.
         *
         *     For: admin.
         */
        patch: operations["updateProduct"];
        trace?: never;
    };
    "/stores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the stores, of a group or near a place
         * @description Without a filter all stores. With group or near the open ones: as they were within the last 2 s.
         *
         *     For: all.
         */
        get: operations["listStores"];
        put?: never;
        /**
         * Open a store
         * @description The id never changes: it names the store in events, subjects and tokens. Left out, a store is open, in no group and at no known place.
         *
         *     For: admin.
         */
        post: operations["createStore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stores/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a store
         * @description For: all.
         */
        get: operations["getStore"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change members of a store: its name, place, groups or state
         * @description A member that is left out stays as it is; null empties it. A store that is CLOSED is left out of answers about availability within 2 s; what it holds stays, and whoever names it is served. With If-Match, only if the store is at that version.
         *
         *     For: admin.
         */
        patch: operations["updateStore"];
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the event log
         * @description In the order of the log, without gaps: a page ends at the settled position, so no event can appear before a cursor later. There is always a next_cursor: ask with it again, at once if has_more is true, else later. A page may be short or empty although there is more. A vendor gets the events of his stores. A time is a place in the log, exact to some seconds: events that were committed side by side have places in another order than times. Who must miss none follows by cursor, or begins earlier.
         *
         *     For: vendor of the store, service, admin.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an event
         * @description An event of a store that the token does not cover is 404.
         *
         *     For: vendor of the store, service, admin.
         */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch availability or the log as it changes
         * @description An event stream. With view=availability: a snapshot of the rows of these products and stores, then each row that has changed; a row's version only rises, so ignore a lower one. With view=events, for vendors (of their stores) and admins: every event, in the order of the log. A tick every five seconds says how old what you see is. reset: begin anew. bye: the stream ends; come back after retry, with the last id. API.md shows every frame.
         *
         *     For: all.
         */
        get: operations["openStream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stream/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a ticket for an EventSource
         * @description For GET /stream?ticket=… with the same filters, without a token. Use it within 60 seconds; after that it is good for reconnects until the token ends. A repeat of this request makes another ticket.
         *
         *     For: all.
         */
        post: operations["createStreamTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See who you are, what you may, and which limits bind you
         * @description The token's claim permissions narrows its role: left out, it narrows nothing; an empty list leaves reading alone.
         *
         *     For: all.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/lag": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See how far publishing and the view are behind the log
         * @description From what relay and projector report about themselves every two seconds; log is read now. publishing and view are null without a report for ten seconds. formats_held_up are the versions of events that this release would write, and who runs and does not read them. problems is empty when all is well. With history, what was reported in the last so many seconds (up to 900) as well, ascending in time, at most 180 samples.
         *
         *     For: admin.
         */
        get: operations["getLag"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/consumers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See who consumes the stream, and how far each is behind
         * @description The consumers of the stream INVENTORY, at most fifty, those first that last. The relay that leads looks every five seconds, and needs the right in NATS to list them.
         *
         *     For: admin.
         */
        get: operations["getConsumers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/consistency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See whether the view agrees with the log
         * @description Projectors compare some products of the view with the log every five seconds, one after the other; this is what they and the relay reported last. consistent is null without a comparison within a minute. events counts events that could not be published. "projector verify" compares all products at once.
         *
         *     For: admin.
         */
        get: operations["getConsistency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/parked": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See the events that cannot be published
         * @description Each holds up the later events of its own stream, and nothing else, until somebody decides: POST /admin/parked/retry or /admin/parked/skip. In the order of the log. decisions are the newest twenty, with what has become of their events by now. The same as "relay parked ls".
         *
         *     For: admin.
         */
        get: operations["getParkedEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/parked/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See one event that cannot be published
         * @description The same as "relay parked show", without customers and users. 404 where it is neither parked nor skipped: it was published, or is about to be.
         *
         *     For: admin.
         */
        get: operations["getParkedEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/parked/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try to publish parked events again
         * @description All that match, or none. Each is released to the relay, which parks it again if its reason has not gone; GET /admin/parked tells what has become of them. Who decided, when and why is kept. The same as "relay parked retry". Only where BOARD is full.
         *
         *     For: admin.
         */
        post: operations["retryParked"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/parked/skip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Never publish parked events
         * @description All that match, or none, for good: consumers see a gap in the versions of each stream, and the events behind flow. The events stay in the log. Who decided, when and why is kept. The same as "relay parked skip". Only where BOARD is full.
         *
         *     For: admin.
         */
        post: operations["skipParked"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See the replays
         * @description The newest first. interrupted is one that was running and has been silent for a minute and a half. The same as "relay replay ls".
         *
         *     For: admin.
         */
        get: operations["getReplays"];
        put?: never;
        /**
         * Publish a range of the log again
         * @description To a stream of its own, REPLAY_{id}, with the subjects replay.{id}.>, which consumers with side effects do not hear. The relay that leads carries it out, one replay after the other. 412 where the range does not hold as many events as were expected: see GET /admin/replays/plan. The same as "relay replay". Only where BOARD is full.
         *
         *     For: admin.
         */
        post: operations["createReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/replays/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See what a replay would publish
         * @description Nothing is published. The range ends at the settled position of the log at the latest, so its positions are the same events for ever: ask for the replay with them, and for as many events as were counted here. The same as "relay replay --dry-run".
         *
         *     For: admin.
         */
        get: operations["planReplay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/replays/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See a replay
         * @description For: admin.
         */
        get: operations["getReplay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/replays/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a replay
         * @description Whoever runs it, a relay or a command, stops within about a second, and nothing is lost. Who did it, and when, is kept. Only where BOARD is full.
         *
         *     For: admin.
         */
        post: operations["pauseReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/replays/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on with a replay
         * @description For one that is paused or interrupted: the relay that leads goes on behind what is published. Who did it, and when, is kept. Only where BOARD is full.
         *
         *     For: admin.
         */
        post: operations["resumeReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/replays/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a replay
         * @description For good, whether it runs, waits or is done: the relay that leads deletes its stream. Who did it, and when, is kept. Only where BOARD is full.
         *
         *     For: admin.
         */
        post: operations["cancelReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compare the whole view with the log
         * @description A projector does it, and nothing is changed: GET /admin/view-jobs tells what it has found. deep adds up the events of every stock row, too. One at a time. The same as "projector verify". Only where BOARD is full.
         *
         *     For: admin.
         */
        post: operations["createVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/rebuilds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Build the view anew from the log
         * @description A projector does it in place: reads and writes go on meanwhile. One at a time. The same as "projector rebuild". Only where BOARD is full.
         *
         *     For: admin.
         */
        post: operations["createRebuild"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/view-jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See what was asked of the projectors
         * @description Comparisons and rebuilds of the view, the newest first, with who asked for them, how far they are, and what they have found.
         *
         *     For: admin.
         */
        get: operations["getViewJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get this document
         * @description For: anybody, without a token.
         */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/asyncapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the document of what is published to NATS
         * @description For: anybody, without a token.
         */
        get: operations["getAsyncApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/event-schemas/{type}/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the JSON Schema of an event's data
         * @description What consumers may rely on. New members may be added: ignore those that you do not know.
         *
         *     For: anybody, without a token.
         */
        get: operations["getEventSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Open the documentation, where calls can be tried
         * @description It loads nothing from other origins.
         *
         *     For: anybody, without a token.
         */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/{asset}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a file of the documentation page
         * @description For: anybody, without a token.
         */
        get: operations["getDocsAsset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Open the page of an error code
         * @description What the code means and what to do: the page that the type of a problem points to.
         *
         *     For: anybody, without a token.
         */
        get: operations["getProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Availability: {
            /** Format: uuid */
            product_id: string;
            product_name: string;
            total_available: number;
            stores: {
                store_id: string;
                store_name: string;
                available: number;
                reserved: number;
                version: number;
                distance_km?: number;
            }[];
            /** @description Where stores were chosen: how many of them have the product; limit may list fewer */
            stores_matched?: number;
            /** @description With near: the nearest store, whatever it has */
            nearest?: {
                store_id: string;
                store_name: string;
                distance_km: number;
                available: number;
            } | null;
            /** @description With near: the nearest store where units are available */
            nearest_in_stock?: {
                store_id: string;
                store_name: string;
                distance_km: number;
                available: number;
            } | null;
            /** Format: date-time */
            as_of: string;
            /** @enum {string} */
            source: "cache" | "database" | "stale";
        };
        ChangedStockRow: {
            /** Format: uuid */
            product_id: string;
            store_id: string;
            quantity: number;
            reserved: number;
            available: number;
            version: number;
            sku: string;
            product_name: string;
        };
        Consistency: {
            /** Format: date-time */
            at: string;
            consistent: boolean | null;
            view: {
                /** Format: date-time */
                checked_at: string;
                all_checked_at: string | null;
                all_products: number | null;
                divergent_products: number;
                differences: {
                    product_id: string;
                    field: string;
                    kind: string;
                    found: string | null;
                    expected: string | null;
                }[];
            } | null;
            events: {
                parked: number;
                waiting: number;
                skipped: number;
            } | null;
            processes: {
                /** @enum {string} */
                process: "relay" | "projector";
                instance: string;
                role: string | null;
                /** Format: date-time */
                reported_at: string;
                age_seconds: number;
                current: boolean;
            }[];
            problems: string[];
        };
        Consumers: {
            /** Format: date-time */
            at: string;
            /** @description null without a relay that leads and may list them */
            consumers: {
                name: string;
                /** @description It outlives its connection */
                durable: boolean;
                /** @description The subjects that it takes; empty for all */
                filter: string[];
                /** @description Messages that were not delivered to it yet */
                pending: number;
                /** @description Messages that it has, and has neither acknowledged nor given up */
                unacknowledged: number;
                /** @description Of these, those that it was given more than once */
                redelivered: number;
                /** @description Sequence of the stream up to which it has acknowledged all */
                acknowledged: number;
                /** @description Since the first event that it has not acknowledged was committed; 0 where there is none, null where that event has left the stream */
                seconds_behind: number | null;
            }[] | null;
        };
        CountedStockRow: {
            /** Format: uuid */
            product_id: string;
            store_id: string;
            quantity: number;
            reserved: number;
            available: number;
            version: number;
            sku: string;
            product_name: string;
            released?: components["schemas"]["Reservation"][];
        };
        Customer: {
            /** Format: uuid */
            customer_ref: string;
            customer_id: string | null;
            /** Format: date-time */
            created_at: string;
            erased_at: string | null;
        };
        DecidedAboutParked: {
            decided: number;
            event_ids: string[];
        };
        Erasure: {
            /** Format: uuid */
            erasure_id: string;
            /**
             * Format: uuid
             * @description What stood for the customer, and still does, though nobody can tell for whom
             */
            customer_ref: string;
            /** Format: date-time */
            erased_at: string;
            erased_by: string;
            /** @description Holds that this request has cancelled; one before it that was broken off may have cancelled others */
            holds_released: number;
            /** @description Holds and sales that have lost their reference */
            references_removed: number;
        };
        Event: {
            /** Format: uuid */
            id: string;
            type: string;
            schema_version: number;
            position: number;
            /** Format: date-time */
            time: string;
            store_id: string;
            /** Format: uuid */
            aggregate_id: string;
            /** Format: uuid */
            stream_id: string;
            stream_version: number | null;
            actor: {
                id: string;
                role: string;
            } | null;
            request_id: string | null;
            data: {
                [key: string]: unknown;
            };
        };
        HeldLine: {
            index: number;
            /** Format: uuid */
            reservation_id: string;
            customer_id: string | null;
            customer_ref?: string | null;
            quantity: number;
            /** Format: date-time */
            expires_at: string;
            /** Format: date-time */
            created_at: string;
            batch_id: string | null;
            reference: string | null;
        };
        Lag: {
            /** Format: date-time */
            at: string;
            log: {
                epoch: number;
                newest_position: number;
                settled_position: number;
            };
            publishing: {
                leader: boolean;
                backlog: number;
                oldest_seconds: number | null;
                published_per_second: number;
            } | null;
            view: {
                position: number | null;
                events_behind: number | null;
                complete_as_of: string | null;
                behind_ms: number | null;
                stream_pending: number | null;
            } | null;
            processes: {
                /** @enum {string} */
                process: "relay" | "projector";
                instance: string;
                role: string | null;
                /** Format: date-time */
                reported_at: string;
                age_seconds: number;
                current: boolean;
            }[];
            formats_held_up: {
                type: string;
                version: number;
                by: {
                    process: string;
                    instance: string;
                    reads: number;
                }[];
            }[];
            problems: string[];
            history?: {
                seconds: number;
                samples: {
                    /** Format: date-time */
                    at: string;
                    newest_position: number | null;
                    backlog: number | null;
                    oldest_seconds: number | null;
                    published_per_second: number | null;
                    events_behind: number | null;
                    behind_ms: number | null;
                }[];
            };
        };
        Me: {
            user_id: string;
            /** @enum {string} */
            role: "admin" | "vendor" | "customer" | "service";
            /** @description A vendor's stores; null for roles that no list of stores narrows */
            store_ids: string[] | null;
            /** @description What the role may, as far as the token's permissions do not narrow it */
            permissions: ("stock:adjust" | "stock:count" | "reserve:own" | "reserve:others" | "catalogue:write" | "log:operate" | "customer:erase")[];
            /** @description False where the token does not allow it, and for customers where payment decides */
            may_confirm: boolean;
            limits: {
                requests: {
                    limit: number;
                    window_seconds: number;
                };
                /** @description At once; null where holds count against the customer that they are for */
                holds: {
                    units: number;
                    reservations: number;
                } | null;
                /** @description null where there is no such limit */
                units_confirmed_per_day: number | null;
            };
        };
        Movement: {
            version: number;
            /** Format: uuid */
            event_id: string;
            type: string;
            position: number;
            /** Format: date-time */
            time: string;
            actor: {
                id: string;
                role: string;
            } | null;
            reason: string | null;
            reference: string | null;
            note: string | null;
            occurred_at: string | null;
            reservation_id: string | null;
            customer_id: string | null;
            customer_ref?: string | null;
            delta: number;
            reserved_delta: number;
            before: {
                quantity: number;
                reserved: number;
                available: number;
            };
            after: {
                quantity: number;
                reserved: number;
                available: number;
            };
        };
        NamedStockRow: {
            /** Format: uuid */
            product_id: string;
            store_id: string;
            quantity: number;
            reserved: number;
            available: number;
            version: number;
            sku: string;
            product_name: string;
            /** Format: date-time */
            updated_at: string;
        };
        Parked: {
            /** @description All that match, beyond limit too */
            total: number;
            /** @description All that is parked, by the kind of its reason */
            reasons: {
                reason: string;
                events: number;
            }[];
            events: {
                /** Format: uuid */
                event_id: string;
                /** @enum {string} */
                state: "parked" | "skipped";
                /** @description Why it cannot be published; its kind stands before the first colon */
                reason: string;
                event_type: string;
                store_id: string;
                position: number;
                /** Format: uuid */
                stream_id: string;
                stream_version: number | null;
                /** @description When it happened, as PostgreSQL writes it: an event may be parked for an instant that no calendar has */
                time: string;
                /** Format: date-time */
                parked_at: string;
                resolved_at: string | null;
                resolved_by: string | null;
                /** @description Later events of its stream that it holds up */
                waiting: number;
            }[];
            /** @description The newest first */
            decisions: {
                /** Format: date-time */
                at: string;
                by: string;
                /** @enum {string} */
                via: "api" | "command";
                /** @enum {string} */
                action: "parked.retry" | "parked.skip";
                note: string | null;
                events: number;
                /** Format: uuid */
                first_event: string;
                /** @description Of the first hundred of its events: published by now */
                published: number;
                /** @description Released, and not tried by a relay yet */
                pending: number;
                parked_again: number;
                skipped: number;
            }[];
        };
        ParkedEvent: {
            /** Format: uuid */
            event_id: string;
            /** @enum {string} */
            state: "parked" | "skipped";
            /** @description Why it cannot be published; its kind stands before the first colon */
            reason: string;
            event_type: string;
            store_id: string;
            position: number;
            /** Format: uuid */
            stream_id: string;
            stream_version: number | null;
            /** @description When it happened, as PostgreSQL writes it: an event may be parked for an instant that no calendar has */
            time: string;
            /** Format: date-time */
            parked_at: string;
            resolved_at: string | null;
            resolved_by: string | null;
            /** @description Later events of its stream that it holds up */
            waiting: number;
            /** Format: uuid */
            aggregate_id: string;
            schema_version: number;
            /** @description Of who acted the role alone, and without the key of the request */
            metadata: unknown;
            payload_bytes: number;
            /** @description The first 4 000 characters of its JSON, without those who are named in it */
            payload_start: string;
        };
        /** @description What a member is left out for is not asked; {} is all that is parked */
        ParkedFilter: {
            event_ids?: string[];
            /** @description The kind of the reason: its text before the first colon */
            reason?: string;
            type?: string;
            store_id?: string;
        };
        PastStockRow: {
            /** Format: uuid */
            product_id: string;
            store_id: string;
            quantity: number;
            reserved: number;
            available: number;
            version: number;
            as_of: {
                /** Format: uuid */
                event_id: string;
                position: number;
                /** Format: date-time */
                time: string;
                settled_position: number;
            };
        };
        /** @description RFC 9457, application/problem+json */
        Problem: {
            /**
             * Format: uri-reference
             * @description The page of this code
             */
            type: string;
            title: string;
            status: number;
            /** @description What happened, for people */
            detail: string;
            /** @description The path of the request */
            instance: string;
            /**
             * @description What happened, for programs: a closed list
             * @enum {string}
             */
            code: "validation_failed" | "malformed_json" | "bad_request" | "unauthenticated" | "forbidden" | "store_not_in_scope" | "not_found" | "method_not_allowed" | "not_acceptable" | "request_timeout" | "payload_too_large" | "uri_too_long" | "unsupported_media_type" | "expectation_failed" | "header_fields_too_large" | "insufficient_stock" | "stock_limit_exceeded" | "change_limit_exceeded" | "reservation_expired" | "reservation_already_confirmed" | "reservation_already_cancelled" | "wrong_state" | "more_than_sold" | "hold_limit_exceeded" | "sale_limit_exceeded" | "sku_taken" | "in_use" | "customer_has_holds" | "conversion_pending" | "log_epoch_changed" | "version_mismatch" | "idempotency_key_reused" | "precondition_required" | "quota_exceeded" | "dependency_unavailable" | "lock_timeout" | "overloaded" | "outcome_unknown" | "internal_error";
            /** @description As in X-Request-Id; finds the line in the server's log */
            request_id: string;
            /** @description True if the same request may succeed later, unchanged, and is safe to repeat */
            retryable: boolean;
            errors?: {
                /** @description A JSON pointer (RFC 6901) into the body, the query or the path */
                pointer: string;
                message: string;
            }[];
            /** @description insufficient_stock: every short line */
            lines?: {
                index: number;
                /** Format: uuid */
                product_id: string;
                store_id: string;
                requested: number;
                available: number;
            }[];
            /** @description insufficient_stock of a count: the holds that it would leave without their units, the youngest first, at most 20 of a row */
            holds?: components["schemas"]["HeldLine"][];
            /** @description version_mismatch: the version now */
            current_version?: number;
            current_quantity?: number;
            /** @description insufficient_stock of a count: the units that are held */
            current_reserved?: number;
            /** @description version_mismatch: how many there are now of what was to be changed together */
            current_count?: number;
            /** @description wrong_state: the status now */
            current_status?: string;
            /** @description more_than_sold: the units that were sold */
            confirmed_quantity?: number;
            /** @description more_than_sold: those of them that have come back */
            returned_quantity?: number;
            /** @description quota_exceeded: the limits that were exceeded, as RateLimit names them */
            violated_policies?: string[];
        };
        Product: {
            /** Format: uuid */
            product_id: string;
            sku: string;
            name: string;
            description: string | null;
            category: string | null;
            price: string;
            version: number;
            archived_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            identifiers: {
                value: string;
                /** @enum {string} */
                kind: "GTIN" | "PLU" | "OWN";
                units: number;
            }[];
            /** @enum {string} */
            unit: "PIECE" | "G" | "ML" | "MM" | "CM2";
            display_exponent: number;
        };
        Replay: {
            id: string;
            /** @enum {string} */
            state: "requested" | "running" | "interrupted" | "paused" | "done" | "cancelling" | "cancelled";
            published: number;
            total: number;
            from_position: number;
            to_position: number;
            epoch: number;
            /** @description As it was asked for */
            specification: unknown;
            /** @description SHA-256 over the ids of its events: equal digests mean equal replays */
            digest: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /** @description null where a command made it */
            requested_by: string | null;
            note: string | null;
            /** @description Why it is paused, where it cannot go on by itself; or why the last attempt failed, where another one follows */
            detail: string | null;
            /** @description Who paused, resumed or cancelled it, the newest first, at most ten */
            decisions: {
                /** Format: date-time */
                at: string;
                by: string;
                /** @enum {string} */
                via: "api" | "command";
                /** @enum {string} */
                action: "pause" | "resume" | "cancel";
                note: string | null;
            }[];
        };
        ReplayPlan: {
            from_position: number;
            to_position: number;
            epoch: number;
            total: number;
            first_at: string | null;
            last_at: string | null;
            /** @description The most events first, at most 200 */
            lines: {
                event_type: string;
                store_id: string;
                events: number;
            }[];
            more_lines: number;
            estimated_seconds: number;
            /** @description Bytes at which its stream is full, unless another bound is asked for */
            max_bytes: number;
        };
        Replays: {
            replays: components["schemas"]["Replay"][];
        };
        Reservation: {
            /** Format: uuid */
            reservation_id: string;
            /** @enum {string} */
            status: "PENDING" | "CONFIRMED" | "CANCELLED" | "EXPIRED";
            /** Format: uuid */
            product_id: string;
            sku: string;
            product_name: string;
            store_id: string;
            /** @description null once the customer was erased */
            customer_id: string | null;
            /** @description What stands for the customer in the log; to all but customers. null of a hold that an older release made */
            customer_ref?: string | null;
            quantity: number;
            /** Format: date-time */
            expires_at: string;
            /** Format: date-time */
            created_at: string;
            batch_id: string | null;
            reference: string | null;
            confirmed_quantity?: number;
            /** @description Of the units that were sold, those that came back; left out where none did */
            returned_quantity?: number;
            /** Format: date-time */
            closed_at?: string;
            expires_in_seconds?: number;
        };
        Store: {
            store_id: string;
            name: string;
            groups: string[];
            latitude: number | null;
            longitude: number | null;
            country: string | null;
            time_zone: string | null;
            priority: number;
            pickup: boolean;
            ships: boolean;
            /** @enum {string} */
            status: "OPEN" | "CLOSED";
            version: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        ViewJob: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "verify" | "rebuild";
            /** @description A comparison that adds up all events, too */
            deep: boolean;
            /** @enum {string} */
            state: "requested" | "running" | "done" | "failed";
            requested_by: string;
            note: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /** @description The projector that does it, or has done it */
            instance: string | null;
            /** @description So many are done */
            products: number;
            /** @description Of so many; null until a projector has begun */
            total: number | null;
            result: {
                products: number;
                /** @description Fields of the view that differ from the log; of a rebuild, those that it has found besides */
                differences: number;
                /** @description The first twenty of them, of a comparison */
                found: {
                    product_id: string;
                    field: string;
                    kind: string;
                    found: string | null;
                    expected: string | null;
                }[];
                /** @description Stock rows whose events do not add up; null where that was not asked for */
                faults: number | null;
                /** @description The first twenty of them */
                folds: {
                    stock_id: string;
                    detail: string;
                }[];
                /** @description Of a rebuild: fields written */
                fields: number | null;
                /** @description Of a rebuild: products that are answered from the database for the time being */
                open: number | null;
                /** @description Of a rebuild: differences that are left */
                remaining: number | null;
            } | null;
            /** @description Why it has failed */
            detail: string | null;
        };
        ViewJobs: {
            jobs: components["schemas"]["ViewJob"][];
        };
    };
    responses: {
        /** @description The customer has open holds; Events of before still name customers */
        "customer_has_holds.conversion_pending": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {string} */
                    code?: "customer_has_holds" | "conversion_pending";
                };
            };
        };
        /** @description A service that this one needs does not answer; Other requests are changing the same stock; Too many requests at once; It is unknown whether the change took effect */
        "dependency_unavailable.lock_timeout.overloaded.outcome_unknown": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 503;
                    /** @enum {string} */
                    code?: "dependency_unavailable" | "lock_timeout" | "overloaded" | "outcome_unknown";
                };
            };
        };
        /** @description A service that this one needs does not answer; Too many requests at once */
        "dependency_unavailable.overloaded": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 503;
                    /** @enum {string} */
                    code?: "dependency_unavailable" | "overloaded";
                };
            };
        };
        /** @description The Expect header cannot be met */
        expectation_failed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 417;
                    /** @enum {string} */
                    code?: "expectation_failed";
                };
            };
        };
        /** @description Your role does not allow this */
        forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 403;
                    /** @enum {string} */
                    code?: "forbidden";
                };
            };
        };
        /** @description Your role does not allow this; Your token does not cover this store */
        "forbidden.store_not_in_scope": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 403;
                    /** @enum {string} */
                    code?: "forbidden" | "store_not_in_scope";
                };
            };
        };
        /** @description The headers are too large */
        header_fields_too_large: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 431;
                    /** @enum {string} */
                    code?: "header_fields_too_large";
                };
            };
        };
        /** @description The Idempotency-Key was used with another body */
        idempotency_key_reused: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 422;
                    /** @enum {string} */
                    code?: "idempotency_key_reused";
                };
            };
        };
        /** @description It is still in use */
        in_use: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {string} */
                    code?: "in_use";
                };
            };
        };
        /** @description There is not enough stock; The customer already holds too much */
        "insufficient_stock.hold_limit_exceeded": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {string} */
                    code?: "insufficient_stock" | "hold_limit_exceeded";
                };
            };
        };
        /** @description There is not enough stock; A stock row cannot hold so many units */
        "insufficient_stock.stock_limit_exceeded": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {string} */
                    code?: "insufficient_stock" | "stock_limit_exceeded";
                };
            };
        };
        /** @description There is not enough stock; A stock row cannot hold so many units; One change cannot move so many units */
        "insufficient_stock.stock_limit_exceeded.change_limit_exceeded": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {string} */
                    code?: "insufficient_stock" | "stock_limit_exceeded" | "change_limit_exceeded";
                };
            };
        };
        /** @description The server made a mistake */
        internal_error: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 500;
                    /** @enum {string} */
                    code?: "internal_error";
                };
            };
        };
        /** @description The cursor is from before the log was restored */
        log_epoch_changed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 410;
                    /** @enum {string} */
                    code?: "log_epoch_changed";
                };
            };
        };
        /** @description The answer is not in a form that you accept */
        not_acceptable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 406;
                    /** @enum {string} */
                    code?: "not_acceptable";
                };
            };
        };
        /** @description It does not exist */
        not_found: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 404;
                    /** @enum {string} */
                    code?: "not_found";
                };
            };
        };
        /** @description The body is too large */
        payload_too_large: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 413;
                    /** @enum {string} */
                    code?: "payload_too_large";
                };
            };
        };
        /** @description A condition is needed */
        precondition_required: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 428;
                    /** @enum {string} */
                    code?: "precondition_required";
                };
            };
        };
        /** @description Too many requests */
        quota_exceeded: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 429;
                    /** @enum {string} */
                    code?: "quota_exceeded";
                };
            };
        };
        /** @description The request did not arrive in time */
        request_timeout: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 408;
                    /** @enum {string} */
                    code?: "request_timeout";
                };
            };
        };
        /** @description The reservation has expired; The reservation is already confirmed */
        "reservation_expired.reservation_already_confirmed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {string} */
                    code?: "reservation_expired" | "reservation_already_confirmed";
                };
            };
        };
        /** @description The reservation has expired; The reservation is already confirmed; The reservation is already cancelled */
        "reservation_expired.reservation_already_confirmed.reservation_already_cancelled": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {string} */
                    code?: "reservation_expired" | "reservation_already_confirmed" | "reservation_already_cancelled";
                };
            };
        };
        /** @description The reservation has expired; The reservation is already confirmed; The reservation is already cancelled; The customer has bought too much today */
        "reservation_expired.reservation_already_confirmed.reservation_already_cancelled.sale_limit_exceeded": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {string} */
                    code?: "reservation_expired" | "reservation_already_confirmed" | "reservation_already_cancelled" | "sale_limit_exceeded";
                };
            };
        };
        /** @description Another product has this SKU or code */
        sku_taken: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {string} */
                    code?: "sku_taken";
                };
            };
        };
        /** @description A stock row cannot hold so many units; Its state does not allow this; More cannot come back than was sold */
        "stock_limit_exceeded.wrong_state.more_than_sold": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {string} */
                    code?: "stock_limit_exceeded" | "wrong_state" | "more_than_sold";
                };
            };
        };
        /** @description A valid token is needed */
        unauthenticated: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 401;
                    /** @enum {string} */
                    code?: "unauthenticated";
                };
            };
        };
        /** @description The body must be application/json in UTF-8 */
        unsupported_media_type: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 415;
                    /** @enum {string} */
                    code?: "unsupported_media_type";
                };
            };
        };
        /** @description The URL is too long */
        uri_too_long: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 414;
                    /** @enum {string} */
                    code?: "uri_too_long";
                };
            };
        };
        /** @description The request does not fit its schema; The request is not valid HTTP */
        "validation_failed.bad_request": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 400;
                    /** @enum {string} */
                    code?: "validation_failed" | "bad_request";
                };
            };
        };
        /** @description The request does not fit its schema; The body is not JSON; The request is not valid HTTP */
        "validation_failed.malformed_json.bad_request": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 400;
                    /** @enum {string} */
                    code?: "validation_failed" | "malformed_json" | "bad_request";
                };
            };
        };
        /** @description It has changed in the meantime */
        version_mismatch: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                traceparent: components["headers"]["traceparent"];
                "X-Served-By": components["headers"]["X-Served-By"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 412;
                    /** @enum {string} */
                    code?: "version_mismatch";
                };
            };
        };
    };
    parameters: {
        /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
        IdempotencyKey: string;
        /** @description The ETag of the state that the change is meant for, such as `"7"`; 412 if there is a newer state. */
        IfMatch: string;
        /** @description The ETag of what you have, such as `"7"`; 304 if it has not changed. */
        IfNoneMatch: string;
        /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
        RequestId: string;
        /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
        Traceparent: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description The id of this request.
         * @example 01a20d19-1755-7b1c-8d55-0c5d3a9e7f10
         */
        "X-Request-Id": string;
        /**
         * @description The instance that answered.
         * @example api-1
         */
        "X-Served-By": string;
        /**
         * @description What is left of each quota, as draft 8 writes it.
         * @example "customer"; r=499; t=60
         */
        RateLimit: string;
        /**
         * @description The quotas, as draft 8 writes them.
         * @example "customer"; q=500; w=60
         */
        "RateLimit-Policy": string;
        /**
         * @description The trace of the request: the caller's, or one that begins here.
         * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
         */
        traceparent: string;
        /**
         * @description Seconds to wait.
         * @example 1
         */
        "Retry-After": number;
        /**
         * @description Why the token is not enough (RFC 6750).
         * @example Bearer error="invalid_token"
         */
        "WWW-Authenticate": string;
        /**
         * @description true if this is the stored answer of an earlier request.
         * @example true
         */
        "Idempotency-Replayed": string;
        /**
         * @description The version of the answer's content, for If-Match and If-None-Match.
         * @example "7"
         */
        ETag: string;
        /**
         * @description The version of the stock row now.
         * @example 7
         */
        "X-Stock-Version": string;
        /**
         * @description Ask again each time, with If-None-Match.
         * @example no-cache
         */
        "Cache-Control": string;
        /**
         * @description The URL of the new resource.
         * @example /api/v1/reservations/01a20d19-1756-72d6-b15d-77c5f399fb03
         */
        Location: string;
        /**
         * @description The next page (RFC 8288); missing on the last one.
         * @example </api/v1/products?cursor=eyJp>; rel="next"
         */
        Link: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getAvailability: {
        parameters: {
            query?: {
                /** @description A store and the version of its stock row after your own write: the answer shows that write. Such as `MAD-001:17`. */
                min_version?: string;
                store_ids?: string[];
                /** @description A group of stores. Such as `madrid`. */
                group?: string;
                near?: string;
                radius_km?: number;
                in_stock?: boolean;
                limit?: number;
            };
            header?: {
                /** @description The ETag of what you have, such as `"7"`; 304 if it has not changed. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The availability in every store that has ever received the product */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "product_name": "Laptop HP",
                     *       "total_available": 15,
                     *       "stores": [
                     *         {
                     *           "store_id": "BCN-001",
                     *           "store_name": "Barcelona Plaza",
                     *           "available": 10,
                     *           "reserved": 1,
                     *           "version": 4
                     *         },
                     *         {
                     *           "store_id": "MAD-001",
                     *           "store_name": "Madrid Centro",
                     *           "available": 5,
                     *           "reserved": 2,
                     *           "version": 17
                     *         }
                     *       ],
                     *       "as_of": "2026-11-24T10:28:00.098Z",
                     *       "source": "cache"
                     *     }
                     */
                    "application/json": components["schemas"]["Availability"];
                };
            };
            /** @description Not changed since the answer with this ETag */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    listAvailability: {
        parameters: {
            query: {
                product_ids: string[];
                store_ids?: string[];
                /** @description A group of stores. Such as `madrid`. */
                group?: string;
                near?: string;
                radius_km?: number;
                in_stock?: boolean;
                limit?: number;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The products */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "product_name": "Laptop HP",
                     *           "total_available": 15,
                     *           "stores": [
                     *             {
                     *               "store_id": "BCN-001",
                     *               "store_name": "Barcelona Plaza",
                     *               "available": 10,
                     *               "reserved": 1,
                     *               "version": 4
                     *             },
                     *             {
                     *               "store_id": "MAD-001",
                     *               "store_name": "Madrid Centro",
                     *               "available": 5,
                     *               "reserved": 2,
                     *               "version": 17
                     *             }
                     *           ],
                     *           "as_of": "2026-11-24T10:28:00.098Z",
                     *           "source": "cache"
                     *         }
                     *       ],
                     *       "not_found": []
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Availability"][];
                        not_found: string[];
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    changeStock: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of the state that the change is meant for, such as `"7"`; 412 if there is a newer state. */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                 *       "store_id": "MAD-001",
                 *       "quantity_change": 20,
                 *       "reason": "RESTOCK",
                 *       "user_id": "vendor-789"
                 *     }
                 */
                "application/json": {
                    /** Format: uuid */
                    product_id?: string;
                    /** @example SKU-0001 */
                    sku?: string;
                    /**
                     * @description What a scanner reads
                     * @example 4006381333931
                     */
                    barcode?: string;
                    /** @example MAD-001 */
                    store_id: string;
                    quantity_change: number;
                    /** @enum {string} */
                    reason: "RESTOCK" | "SALE" | "RETURN" | "DAMAGE" | "LOSS" | "TRANSFER_IN" | "TRANSFER_OUT" | "COUNT" | "CORRECTION";
                    expected_version?: number;
                    reference?: string;
                    note?: string;
                    /** Format: date-time */
                    occurred_at?: string;
                    user_id?: string;
                } & ({
                    product_id: unknown;
                } | {
                    sku: unknown;
                } | {
                    barcode: unknown;
                });
            };
        };
        responses: {
            /** @description The stock row after the change */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    "X-Stock-Version": components["headers"]["X-Stock-Version"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "store_id": "MAD-001",
                     *       "quantity": 40,
                     *       "reserved": 2,
                     *       "available": 38,
                     *       "version": 7,
                     *       "sku": "SKU-0001",
                     *       "product_name": "Laptop HP"
                     *     }
                     */
                    "application/json": components["schemas"]["ChangedStockRow"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["insufficient_stock.stock_limit_exceeded"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    changeStockBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "mode": "partial",
                 *       "items": [
                 *         {
                 *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                 *           "store_id": "MAD-001",
                 *           "quantity_change": 20,
                 *           "reason": "RESTOCK",
                 *           "reference": "delivery-4711"
                 *         },
                 *         {
                 *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                 *           "store_id": "BCN-001",
                 *           "quantity_change": -900,
                 *           "reason": "TRANSFER_OUT"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": {
                    /**
                     * @default atomic
                     * @enum {string}
                     */
                    mode?: "atomic" | "partial";
                    items: ({
                        /** Format: uuid */
                        product_id?: string;
                        /** @example SKU-0001 */
                        sku?: string;
                        /**
                         * @description What a scanner reads
                         * @example 4006381333931
                         */
                        barcode?: string;
                        /** @example MAD-001 */
                        store_id: string;
                        quantity_change: number;
                        /** @enum {string} */
                        reason: "RESTOCK" | "SALE" | "RETURN" | "DAMAGE" | "LOSS" | "TRANSFER_IN" | "TRANSFER_OUT" | "COUNT" | "CORRECTION";
                        expected_version?: number;
                        reference?: string;
                        note?: string;
                        /** Format: date-time */
                        occurred_at?: string;
                    } & ({
                        product_id: unknown;
                    } | {
                        sku: unknown;
                    } | {
                        barcode: unknown;
                    }))[];
                    user_id?: string;
                };
            };
        };
        responses: {
            /** @description atomic: every item is done; each row as it was after its item */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "mode": "atomic",
                     *       "items": [
                     *         {
                     *           "index": 0,
                     *           "status": 200,
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "store_id": "MAD-001",
                     *           "quantity": 40,
                     *           "reserved": 2,
                     *           "available": 38,
                     *           "version": 7,
                     *           "sku": "SKU-0001",
                     *           "product_name": "Laptop HP"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** @constant */
                        mode: "atomic";
                        items: {
                            /** Format: uuid */
                            product_id: string;
                            store_id: string;
                            quantity: number;
                            reserved: number;
                            available: number;
                            version: number;
                            sku: string;
                            product_name: string;
                            released?: components["schemas"]["Reservation"][];
                            index: number;
                            /** @constant */
                            status: 200;
                        }[];
                    };
                };
            };
            /** @description partial: the result of each item */
            207: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "mode": "partial",
                     *       "succeeded": 1,
                     *       "failed": 1,
                     *       "items": [
                     *         {
                     *           "index": 0,
                     *           "status": 200,
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "store_id": "MAD-001",
                     *           "quantity": 40,
                     *           "reserved": 2,
                     *           "available": 38,
                     *           "version": 7,
                     *           "sku": "SKU-0001",
                     *           "product_name": "Laptop HP"
                     *         },
                     *         {
                     *           "index": 1,
                     *           "status": 409,
                     *           "code": "insufficient_stock",
                     *           "title": "There is not enough stock",
                     *           "detail": "10 available, 900 requested.",
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "store_id": "BCN-001",
                     *           "lines": [
                     *             {
                     *               "index": 1,
                     *               "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *               "store_id": "BCN-001",
                     *               "requested": 900,
                     *               "available": 10
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** @constant */
                        mode: "partial";
                        succeeded: number;
                        failed: number;
                        items: ({
                            /** Format: uuid */
                            product_id: string;
                            store_id: string;
                            quantity: number;
                            reserved: number;
                            available: number;
                            version: number;
                            sku: string;
                            product_name: string;
                            released?: components["schemas"]["Reservation"][];
                            index: number;
                            /** @constant */
                            status: 200;
                        } | {
                            index: number;
                            status: number;
                            code: string;
                            title: string;
                            detail: string;
                            /** Format: uuid */
                            product_id?: string;
                            sku?: string;
                            barcode?: string;
                            store_id: string;
                            lines?: {
                                index: number;
                                /** Format: uuid */
                                product_id: string;
                                store_id: string;
                                requested: number;
                                available: number;
                            }[];
                            holds?: components["schemas"]["HeldLine"][];
                            current_version?: number;
                            current_quantity?: number;
                            current_reserved?: number;
                        })[];
                    };
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["insufficient_stock.stock_limit_exceeded"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    getStock: {
        parameters: {
            query?: {
                /** @description Such as `2026-11-24T10:28:00Z`. */
                as_of?: string;
            };
            header?: {
                /** @description The ETag of what you have, such as `"7"`; 304 if it has not changed. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example MAD-001 */
                store: string;
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The row; with as_of, the row as it was */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "store_id": "MAD-001",
                     *       "quantity": 40,
                     *       "reserved": 2,
                     *       "available": 38,
                     *       "version": 7,
                     *       "sku": "SKU-0001",
                     *       "product_name": "Laptop HP",
                     *       "updated_at": "2026-11-24T10:28:00.098Z"
                     *     }
                     */
                    "application/json": components["schemas"]["NamedStockRow"] | components["schemas"]["PastStockRow"];
                };
            };
            /** @description Not changed since the answer with this ETag */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    countStock: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of the state that the change is meant for, such as `"7"`; 412 if there is a newer state. */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example MAD-001 */
                store: string;
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "quantity": 38,
                 *       "expected_quantity": 40,
                 *       "reference": "count-2026-11"
                 *     }
                 */
                "application/json": {
                    quantity: number;
                    expected_quantity?: number;
                    /** @enum {string} */
                    on_shortfall?: "REFUSE" | "RELEASE";
                    reference?: string;
                    note?: string;
                    /** Format: date-time */
                    occurred_at?: string;
                    user_id?: string;
                };
            };
        };
        responses: {
            /** @description The stock row as counted */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    "X-Stock-Version": components["headers"]["X-Stock-Version"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "store_id": "MAD-001",
                     *       "quantity": 38,
                     *       "reserved": 2,
                     *       "available": 36,
                     *       "version": 8,
                     *       "sku": "SKU-0001",
                     *       "product_name": "Laptop HP"
                     *     }
                     */
                    "application/json": components["schemas"]["CountedStockRow"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["insufficient_stock.stock_limit_exceeded.change_limit_exceeded"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            428: components["responses"]["precondition_required"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    countShelf: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example MAD-001 */
                store: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "mode": "partial",
                 *       "reference": "count-2026-11",
                 *       "items": [
                 *         {
                 *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                 *           "quantity": 38,
                 *           "expected_version": 7
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": {
                    /**
                     * @default atomic
                     * @enum {string}
                     */
                    mode?: "atomic" | "partial";
                    items: ({
                        /** Format: uuid */
                        product_id?: string;
                        /** @example SKU-0001 */
                        sku?: string;
                        /**
                         * @description What a scanner reads
                         * @example 4006381333931
                         */
                        barcode?: string;
                        quantity: number;
                        expected_quantity?: number;
                        expected_version?: number;
                        note?: string;
                        /** Format: date-time */
                        occurred_at?: string;
                    } & ({
                        product_id: unknown;
                    } | {
                        sku: unknown;
                    } | {
                        barcode: unknown;
                    }))[];
                    /**
                     * @default REFUSE
                     * @enum {string}
                     */
                    on_shortfall?: "REFUSE" | "RELEASE";
                    reference?: string;
                    user_id?: string;
                };
            };
        };
        responses: {
            /** @description atomic: every item is done; each row as it was after its item */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "mode": "atomic",
                     *       "items": [
                     *         {
                     *           "index": 0,
                     *           "status": 200,
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "store_id": "MAD-001",
                     *           "quantity": 38,
                     *           "reserved": 2,
                     *           "available": 36,
                     *           "version": 8,
                     *           "sku": "SKU-0001",
                     *           "product_name": "Laptop HP"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** @constant */
                        mode: "atomic";
                        items: {
                            /** Format: uuid */
                            product_id: string;
                            store_id: string;
                            quantity: number;
                            reserved: number;
                            available: number;
                            version: number;
                            sku: string;
                            product_name: string;
                            released?: components["schemas"]["Reservation"][];
                            index: number;
                            /** @constant */
                            status: 200;
                        }[];
                    };
                };
            };
            /** @description partial: the result of each item */
            207: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "mode": "partial",
                     *       "succeeded": 0,
                     *       "failed": 1,
                     *       "items": [
                     *         {
                     *           "index": 0,
                     *           "status": 412,
                     *           "code": "version_mismatch",
                     *           "title": "It has changed in the meantime",
                     *           "detail": "The version is 8, not 7.",
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "store_id": "MAD-001",
                     *           "current_version": 8,
                     *           "current_quantity": 41
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** @constant */
                        mode: "partial";
                        succeeded: number;
                        failed: number;
                        items: ({
                            /** Format: uuid */
                            product_id: string;
                            store_id: string;
                            quantity: number;
                            reserved: number;
                            available: number;
                            version: number;
                            sku: string;
                            product_name: string;
                            released?: components["schemas"]["Reservation"][];
                            index: number;
                            /** @constant */
                            status: 200;
                        } | {
                            index: number;
                            status: number;
                            code: string;
                            title: string;
                            detail: string;
                            /** Format: uuid */
                            product_id?: string;
                            sku?: string;
                            barcode?: string;
                            store_id: string;
                            lines?: {
                                index: number;
                                /** Format: uuid */
                                product_id: string;
                                store_id: string;
                                requested: number;
                                available: number;
                            }[];
                            holds?: components["schemas"]["HeldLine"][];
                            current_version?: number;
                            current_quantity?: number;
                            current_reserved?: number;
                        })[];
                    };
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["insufficient_stock.stock_limit_exceeded.change_limit_exceeded"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            428: components["responses"]["precondition_required"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    listStock: {
        parameters: {
            query?: {
                below?: number;
                /** @description Such as `SKU-0001`. */
                sku?: string;
                /** @description What a scanner reads. Such as `4006381333931`. */
                barcode?: string;
                limit?: number;
                cursor?: string;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example MAD-001 */
                store: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of stock rows */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "store_id": "MAD-001",
                     *           "quantity": 40,
                     *           "reserved": 2,
                     *           "available": 38,
                     *           "version": 7,
                     *           "sku": "SKU-0001",
                     *           "product_name": "Laptop HP",
                     *           "updated_at": "2026-11-24T10:28:00.098Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["NamedStockRow"][];
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getStockHistory: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example MAD-001 */
                store: string;
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of movements */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "version": 7,
                     *           "event_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "type": "stock.updated",
                     *           "position": 4711,
                     *           "time": "2026-11-24T10:28:00.098Z",
                     *           "actor": {
                     *             "id": "vendor-789",
                     *             "role": "vendor"
                     *           },
                     *           "reason": "RESTOCK",
                     *           "reference": "delivery-4711",
                     *           "note": null,
                     *           "occurred_at": null,
                     *           "reservation_id": null,
                     *           "customer_id": null,
                     *           "delta": 20,
                     *           "reserved_delta": 0,
                     *           "before": {
                     *             "quantity": 20,
                     *             "reserved": 2,
                     *             "available": 18
                     *           },
                     *           "after": {
                     *             "quantity": 40,
                     *             "reserved": 2,
                     *             "available": 38
                     *           }
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Movement"][];
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    explainStock: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example MAD-001 */
                store: string;
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The explanation, as of one instant */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "store_id": "MAD-001",
                     *       "quantity": 40,
                     *       "reserved": 2,
                     *       "available": 38,
                     *       "version": 7,
                     *       "opening": {
                     *         "quantity": 0,
                     *         "reserved": 0,
                     *         "available": 0,
                     *         "version": 0
                     *       },
                     *       "totals": [
                     *         {
                     *           "type": "stock.updated",
                     *           "reason": "RESTOCK",
                     *           "events": 5,
                     *           "delta": 40,
                     *           "reserved_delta": 0
                     *         },
                     *         {
                     *           "type": "reservation.created",
                     *           "reason": null,
                     *           "events": 1,
                     *           "delta": 0,
                     *           "reserved_delta": 2
                     *         }
                     *       ],
                     *       "chain": [
                     *         {
                     *           "version": 7,
                     *           "event_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "type": "stock.updated",
                     *           "position": 4711,
                     *           "time": "2026-11-24T10:28:00.098Z",
                     *           "actor": {
                     *             "id": "vendor-789",
                     *             "role": "vendor"
                     *           },
                     *           "reason": "RESTOCK",
                     *           "reference": "delivery-4711",
                     *           "note": null,
                     *           "occurred_at": null,
                     *           "reservation_id": null,
                     *           "customer_id": null,
                     *           "delta": 20,
                     *           "reserved_delta": 0,
                     *           "before": {
                     *             "quantity": 20,
                     *             "reserved": 2,
                     *             "available": 18
                     *           },
                     *           "after": {
                     *             "quantity": 40,
                     *             "reserved": 2,
                     *             "available": 38
                     *           }
                     *         }
                     *       ],
                     *       "folded": {
                     *         "quantity": 40,
                     *         "reserved": 2,
                     *         "available": 38,
                     *         "version": 7
                     *       },
                     *       "open_holds": [
                     *         {
                     *           "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "customer_id": "cust-456",
                     *           "created_by": "cust-456",
                     *           "quantity": 2,
                     *           "expires_at": "2026-11-24T10:38:00.914Z",
                     *           "lapsed": false,
                     *           "batch_id": null,
                     *           "reference": null
                     *         }
                     *       ],
                     *       "held_units": 2,
                     *       "agrees": true
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        product_id: string;
                        store_id: string;
                        quantity: number;
                        reserved: number;
                        available: number;
                        version: number;
                        opening: {
                            quantity: number;
                            reserved: number;
                            available: number;
                            version: number;
                        };
                        totals: {
                            type: string;
                            reason: string | null;
                            events: number;
                            delta: number;
                            reserved_delta: number;
                        }[];
                        chain: components["schemas"]["Movement"][];
                        folded: {
                            quantity: number;
                            reserved: number;
                            available: number;
                            version: number;
                        };
                        open_holds: {
                            /** Format: uuid */
                            reservation_id: string;
                            customer_id: string | null;
                            customer_ref?: string | null;
                            created_by: string | null;
                            quantity: number;
                            /** Format: date-time */
                            expires_at: string;
                            lapsed: boolean;
                            batch_id: string | null;
                            reference: string | null;
                        }[];
                        held_units: number;
                        agrees: boolean;
                        disagreement?: string;
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    listMovements: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                reason?: "RESTOCK" | "SALE" | "RETURN" | "DAMAGE" | "LOSS" | "TRANSFER_IN" | "TRANSFER_OUT" | "COUNT" | "CORRECTION";
                limit?: number;
                cursor?: string;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example MAD-001 */
                store: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of movements */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "version": 7,
                     *           "event_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "type": "stock.updated",
                     *           "position": 4711,
                     *           "time": "2026-11-24T10:28:00.098Z",
                     *           "actor": {
                     *             "id": "vendor-789",
                     *             "role": "vendor"
                     *           },
                     *           "reason": "RESTOCK",
                     *           "reference": "delivery-4711",
                     *           "note": null,
                     *           "occurred_at": null,
                     *           "reservation_id": null,
                     *           "customer_id": null,
                     *           "delta": 20,
                     *           "reserved_delta": 0,
                     *           "before": {
                     *             "quantity": 20,
                     *             "reserved": 2,
                     *             "available": 18
                     *           },
                     *           "after": {
                     *             "quantity": 40,
                     *             "reserved": 2,
                     *             "available": 38
                     *           },
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": {
                        items: {
                            version: number;
                            /** Format: uuid */
                            event_id: string;
                            type: string;
                            position: number;
                            /** Format: date-time */
                            time: string;
                            actor: {
                                id: string;
                                role: string;
                            } | null;
                            reason: string | null;
                            reference: string | null;
                            note: string | null;
                            occurred_at: string | null;
                            reservation_id: string | null;
                            customer_id: string | null;
                            customer_ref?: string | null;
                            delta: number;
                            reserved_delta: number;
                            before: {
                                quantity: number;
                                reserved: number;
                                available: number;
                            };
                            after: {
                                quantity: number;
                                reserved: number;
                                available: number;
                            };
                            /** Format: uuid */
                            product_id: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    listReservations: {
        parameters: {
            query?: {
                /** @description Such as `MAD-001`. */
                store_id?: string;
                /** @description Such as `cust-456`. */
                customer_id?: string;
                reference?: string;
                batch_id?: string;
                status?: "PENDING" | "CONFIRMED" | "CANCELLED" | "EXPIRED";
                limit?: number;
                cursor?: string;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of holds */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "status": "PENDING",
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "sku": "SKU-0001",
                     *           "product_name": "Laptop HP",
                     *           "store_id": "BCN-001",
                     *           "customer_id": "cust-456",
                     *           "quantity": 1,
                     *           "expires_at": "2026-11-24T10:38:00.914Z",
                     *           "created_at": "2026-11-24T10:28:00.914Z",
                     *           "batch_id": null,
                     *           "reference": null,
                     *           "expires_in_seconds": 417
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Reservation"][];
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    createReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                 *       "store_id": "BCN-001",
                 *       "quantity": 1,
                 *       "customer_id": "cust-456",
                 *       "ttl": 600
                 *     }
                 */
                "application/json": {
                    /** Format: uuid */
                    product_id?: string;
                    /** @example SKU-0001 */
                    sku?: string;
                    /**
                     * @description What a scanner reads
                     * @example 4006381333931
                     */
                    barcode?: string;
                    /** @example MAD-001 */
                    store_id: string;
                    /** @description At most 100 units of a product that is counted in pieces */
                    quantity: number;
                    /** @example cust-456 */
                    customer_id: string;
                    /** @default 600 */
                    ttl?: number;
                    reference?: string;
                } & ({
                    product_id: unknown;
                } | {
                    sku: unknown;
                } | {
                    barcode: unknown;
                });
            };
        };
        responses: {
            /** @description The hold */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Location: components["headers"]["Location"];
                    "X-Stock-Version": components["headers"]["X-Stock-Version"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *       "status": "PENDING",
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "sku": "SKU-0001",
                     *       "product_name": "Laptop HP",
                     *       "store_id": "BCN-001",
                     *       "customer_id": "cust-456",
                     *       "quantity": 1,
                     *       "expires_at": "2026-11-24T10:38:00.914Z",
                     *       "created_at": "2026-11-24T10:28:00.914Z",
                     *       "batch_id": null,
                     *       "reference": null,
                     *       "expires_in_seconds": 600
                     *     }
                     */
                    "application/json": components["schemas"]["Reservation"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["insufficient_stock.hold_limit_exceeded"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    getReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hold */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *       "status": "PENDING",
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "sku": "SKU-0001",
                     *       "product_name": "Laptop HP",
                     *       "store_id": "BCN-001",
                     *       "customer_id": "cust-456",
                     *       "quantity": 1,
                     *       "expires_at": "2026-11-24T10:38:00.914Z",
                     *       "created_at": "2026-11-24T10:28:00.914Z",
                     *       "batch_id": null,
                     *       "reference": null,
                     *       "expires_in_seconds": 417
                     *     }
                     */
                    "application/json": components["schemas"]["Reservation"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    confirmReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "quantity": 1
                 *     }
                 */
                "application/json": {
                    /** @description At most 100 units of a product that is counted in pieces */
                    quantity?: number;
                };
            };
        };
        responses: {
            /** @description The hold, confirmed */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Stock-Version": components["headers"]["X-Stock-Version"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *       "status": "CONFIRMED",
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "sku": "SKU-0001",
                     *       "product_name": "Laptop HP",
                     *       "store_id": "BCN-001",
                     *       "customer_id": "cust-456",
                     *       "quantity": 1,
                     *       "expires_at": "2026-11-24T10:38:00.914Z",
                     *       "created_at": "2026-11-24T10:28:00.914Z",
                     *       "batch_id": null,
                     *       "reference": null,
                     *       "confirmed_quantity": 1,
                     *       "closed_at": "2026-11-24T10:30:12.001Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Reservation"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["reservation_expired.reservation_already_confirmed.reservation_already_cancelled.sale_limit_exceeded"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    cancelReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The hold, cancelled */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Stock-Version": components["headers"]["X-Stock-Version"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *       "status": "CANCELLED",
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "sku": "SKU-0001",
                     *       "product_name": "Laptop HP",
                     *       "store_id": "BCN-001",
                     *       "customer_id": "cust-456",
                     *       "quantity": 1,
                     *       "expires_at": "2026-11-24T10:38:00.914Z",
                     *       "created_at": "2026-11-24T10:28:00.914Z",
                     *       "batch_id": null,
                     *       "reference": null,
                     *       "closed_at": "2026-11-24T10:30:12.001Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Reservation"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["reservation_expired.reservation_already_confirmed"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    extendReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ttl": 900
                 *     }
                 */
                "application/json": {
                    ttl: number;
                };
            };
        };
        responses: {
            /** @description The hold, with its new end */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Stock-Version": components["headers"]["X-Stock-Version"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *       "status": "PENDING",
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "sku": "SKU-0001",
                     *       "product_name": "Laptop HP",
                     *       "store_id": "BCN-001",
                     *       "customer_id": "cust-456",
                     *       "quantity": 1,
                     *       "expires_at": "2026-11-24T10:45:12.001Z",
                     *       "created_at": "2026-11-24T10:28:00.914Z",
                     *       "batch_id": null,
                     *       "reference": null
                     *     }
                     */
                    "application/json": components["schemas"]["Reservation"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["reservation_expired.reservation_already_confirmed.reservation_already_cancelled"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    returnReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "quantity": 1,
                 *       "note": "unopened"
                 *     }
                 */
                "application/json": {
                    /** @description At most 100 units of a product that is counted in pieces */
                    quantity?: number;
                    reference?: string;
                    note?: string;
                    /** Format: date-time */
                    occurred_at?: string;
                    user_id?: string;
                };
            };
        };
        responses: {
            /** @description The reservation, with the units that have come back */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Stock-Version": components["headers"]["X-Stock-Version"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *       "status": "CONFIRMED",
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "sku": "SKU-0001",
                     *       "product_name": "Laptop HP",
                     *       "store_id": "BCN-001",
                     *       "customer_id": "cust-456",
                     *       "quantity": 1,
                     *       "expires_at": "2026-11-24T10:38:00.914Z",
                     *       "created_at": "2026-11-24T10:28:00.914Z",
                     *       "batch_id": null,
                     *       "reference": null,
                     *       "confirmed_quantity": 1,
                     *       "returned_quantity": 1,
                     *       "closed_at": "2026-11-24T10:30:12.001Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Reservation"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["stock_limit_exceeded.wrong_state.more_than_sold"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    createCart: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "lines": [
                 *         {
                 *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                 *           "store_id": "BCN-001",
                 *           "quantity": 1
                 *         }
                 *       ],
                 *       "customer_id": "cust-456",
                 *       "ttl": 600
                 *     }
                 */
                "application/json": {
                    lines: ({
                        /** Format: uuid */
                        product_id?: string;
                        /** @example SKU-0001 */
                        sku?: string;
                        /**
                         * @description What a scanner reads
                         * @example 4006381333931
                         */
                        barcode?: string;
                        /** @example MAD-001 */
                        store_id: string;
                        /** @description At most 100 units of a product that is counted in pieces */
                        quantity: number;
                        reference?: string;
                    } & ({
                        product_id: unknown;
                    } | {
                        sku: unknown;
                    } | {
                        barcode: unknown;
                    }))[];
                    /** @example cust-456 */
                    customer_id: string;
                    /** @default 600 */
                    ttl?: number;
                    reference?: string;
                };
            };
        };
        responses: {
            /** @description The holds, in the order of the lines */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Location: components["headers"]["Location"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *       "expires_at": "2026-11-24T10:38:00.914Z",
                     *       "expires_in_seconds": 600,
                     *       "reservations": [
                     *         {
                     *           "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "status": "PENDING",
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "sku": "SKU-0001",
                     *           "product_name": "Laptop HP",
                     *           "store_id": "BCN-001",
                     *           "customer_id": "cust-456",
                     *           "quantity": 1,
                     *           "expires_at": "2026-11-24T10:38:00.914Z",
                     *           "created_at": "2026-11-24T10:28:00.914Z",
                     *           "batch_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *           "reference": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        batch_id: string;
                        /** Format: date-time */
                        expires_at: string;
                        expires_in_seconds: number;
                        reservations: components["schemas"]["Reservation"][];
                    };
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["insufficient_stock.hold_limit_exceeded"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    getCart: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cart */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *       "expires_at": "2026-11-24T10:38:00.914Z",
                     *       "reservations": [
                     *         {
                     *           "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "status": "PENDING",
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "sku": "SKU-0001",
                     *           "product_name": "Laptop HP",
                     *           "store_id": "BCN-001",
                     *           "customer_id": "cust-456",
                     *           "quantity": 1,
                     *           "expires_at": "2026-11-24T10:38:00.914Z",
                     *           "created_at": "2026-11-24T10:28:00.914Z",
                     *           "batch_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *           "reference": null,
                     *           "expires_in_seconds": 417
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        batch_id: string;
                        expires_at: string | null;
                        reservations: components["schemas"]["Reservation"][];
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    confirmCart: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": {
                    lines?: {
                        /** Format: uuid */
                        reservation_id: string;
                        /** @description At most 100 units of a product that is counted in pieces */
                        quantity?: number;
                    }[];
                };
            };
        };
        responses: {
            /** @description The holds, confirmed */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *       "reservations": [
                     *         {
                     *           "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "status": "CONFIRMED",
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "sku": "SKU-0001",
                     *           "product_name": "Laptop HP",
                     *           "store_id": "BCN-001",
                     *           "customer_id": "cust-456",
                     *           "quantity": 1,
                     *           "expires_at": "2026-11-24T10:38:00.914Z",
                     *           "created_at": "2026-11-24T10:28:00.914Z",
                     *           "batch_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *           "reference": null,
                     *           "confirmed_quantity": 1,
                     *           "closed_at": "2026-11-24T10:30:12.001Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        batch_id: string;
                        reservations: components["schemas"]["Reservation"][];
                    };
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["reservation_expired.reservation_already_confirmed.reservation_already_cancelled.sale_limit_exceeded"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    extendCart: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ttl": 900
                 *     }
                 */
                "application/json": {
                    ttl: number;
                };
            };
        };
        responses: {
            /** @description The open holds, with their new end */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *       "reservations": [
                     *         {
                     *           "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "status": "PENDING",
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "sku": "SKU-0001",
                     *           "product_name": "Laptop HP",
                     *           "store_id": "BCN-001",
                     *           "customer_id": "cust-456",
                     *           "quantity": 1,
                     *           "expires_at": "2026-11-24T10:45:12.001Z",
                     *           "created_at": "2026-11-24T10:28:00.914Z",
                     *           "batch_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *           "reference": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        batch_id: string;
                        reservations: components["schemas"]["Reservation"][];
                    };
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["reservation_expired.reservation_already_confirmed.reservation_already_cancelled"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    cancelCart: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The holds, cancelled */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *       "reservations": [
                     *         {
                     *           "reservation_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "status": "CANCELLED",
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "sku": "SKU-0001",
                     *           "product_name": "Laptop HP",
                     *           "store_id": "BCN-001",
                     *           "customer_id": "cust-456",
                     *           "quantity": 1,
                     *           "expires_at": "2026-11-24T10:38:00.914Z",
                     *           "created_at": "2026-11-24T10:28:00.914Z",
                     *           "batch_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *           "reference": null,
                     *           "closed_at": "2026-11-24T10:30:12.001Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        batch_id: string;
                        reservations: components["schemas"]["Reservation"][];
                    };
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["reservation_expired.reservation_already_confirmed.reservation_already_cancelled"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    getCustomer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The customer */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "customer_ref": "01a20d19-1754-7c3e-a0b1-6f0e1d2c3b4a",
                     *       "customer_id": "cust-456",
                     *       "created_at": "2026-11-24T10:28:00.914Z",
                     *       "erased_at": null
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    eraseCustomer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "customer_id": "cust-9021",
                 *       "release_holds": true,
                 *       "references": [
                 *         "order for Anna Muster"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** @example cust-456 */
                    customer_id: string;
                    /** @default false */
                    release_holds?: boolean;
                    /**
                     * @description Free texts of his holds and sales that name him
                     * @default []
                     */
                    references?: string[];
                };
            };
        };
        responses: {
            /** @description The customer is forgotten */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "erasure_id": "01a20d1a-0c3e-7d51-9a37-0b6f2c1d4e5f",
                     *       "customer_ref": "01a20d19-1754-7c3e-a0b1-6f0e1d2c3b4a",
                     *       "erased_at": "2026-11-24T10:31:07.214Z",
                     *       "erased_by": "admin-1",
                     *       "holds_released": 2,
                     *       "references_removed": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["customer_has_holds.conversion_pending"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    getErasure: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The erasure */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "erasure_id": "01a20d1a-0c3e-7d51-9a37-0b6f2c1d4e5f",
                     *       "customer_ref": "01a20d19-1754-7c3e-a0b1-6f0e1d2c3b4a",
                     *       "erased_at": "2026-11-24T10:31:07.214Z",
                     *       "erased_by": "admin-1",
                     *       "holds_released": 2,
                     *       "references_removed": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    listProducts: {
        parameters: {
            query?: {
                /** @description Such as `SKU-0001`. */
                sku?: string;
                /** @description What a scanner reads. Such as `4006381333931`. */
                barcode?: string;
                q?: string;
                category?: string;
                ids?: string[];
                /** @description The order; with a minus the greatest first. Left out: by id */
                sort?: "name" | "price" | "-price";
                archived?: boolean;
                limit?: number;
                cursor?: string;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of products */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "sku": "SKU-0001",
                     *           "name": "Laptop HP",
                     *           "description": null,
                     *           "category": "Computers",
                     *           "price": "799.00",
                     *           "version": 1,
                     *           "archived_at": null,
                     *           "created_at": "2026-11-24T10:28:00.098Z",
                     *           "updated_at": "2026-11-24T10:28:00.098Z",
                     *           "identifiers": [
                     *             {
                     *               "value": "4006381333931",
                     *               "kind": "GTIN",
                     *               "units": 1
                     *             }
                     *           ],
                     *           "unit": "PIECE",
                     *           "display_exponent": 0
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Product"][];
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    createProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sku": "SKU-0001",
                 *       "name": "Laptop HP",
                 *       "category": "Computers",
                 *       "price": "799.00",
                 *       "identifiers": [
                 *         {
                 *           "value": "4006381333931",
                 *           "kind": "GTIN"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** @example SKU-0001 */
                    sku: string;
                    /** @example Laptop HP */
                    name: string;
                    /** @default null */
                    description?: string | null;
                    /** @default null */
                    category?: string | null;
                    /** @example 799.00 */
                    price: string;
                    /**
                     * @description The codes by which it is scanned. No two products of the chain have the same code
                     * @example [
                     *       {
                     *         "value": "4006381333931",
                     *         "kind": "GTIN",
                     *         "units": 1
                     *       }
                     *     ]
                     */
                    identifiers?: {
                        /**
                         * @description What a scanner reads
                         * @example 4006381333931
                         */
                        value: string;
                        /**
                         * @description GTIN: 8, 12, 13 or 14 digits, the last one their check digit. PLU: four or five digits
                         * @enum {string}
                         */
                        kind: "GTIN" | "PLU" | "OWN";
                        /**
                         * @description Units that one scan stands for: 12 for a box of twelve
                         * @default 1
                         */
                        units?: number;
                    }[];
                    /**
                     * @description In what it is counted: numbers of it are whole units, such as grams. A label, but for the units that one hold may be of
                     * @enum {string}
                     */
                    unit?: "PIECE" | "G" | "ML" | "MM" | "CM2";
                    /** @description Decimal places with which numbers of it are shown: 1250 with 3 as 1.250. A label */
                    display_exponent?: number;
                };
            };
        };
        responses: {
            /** @description The product */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "sku": "SKU-0001",
                     *       "name": "Laptop HP",
                     *       "description": null,
                     *       "category": "Computers",
                     *       "price": "799.00",
                     *       "version": 1,
                     *       "archived_at": null,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:00.098Z",
                     *       "identifiers": [
                     *         {
                     *           "value": "4006381333931",
                     *           "kind": "GTIN",
                     *           "units": 1
                     *         }
                     *       ],
                     *       "unit": "PIECE",
                     *       "display_exponent": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Product"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["sku_taken"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    getProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what you have, such as `"7"`; 304 if it has not changed. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The product, archived or not */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "sku": "SKU-0001",
                     *       "name": "Laptop HP",
                     *       "description": null,
                     *       "category": "Computers",
                     *       "price": "799.00",
                     *       "version": 1,
                     *       "archived_at": null,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:00.098Z",
                     *       "identifiers": [
                     *         {
                     *           "value": "4006381333931",
                     *           "kind": "GTIN",
                     *           "units": 1
                     *         }
                     *       ],
                     *       "unit": "PIECE",
                     *       "display_exponent": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Product"];
                };
            };
            /** @description Not changed since the answer with this ETag */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    archiveProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the state that the change is meant for, such as `"7"`; 412 if there is a newer state. */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The product is archived, now or already before */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["in_use"];
            412: components["responses"]["version_mismatch"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    updateProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of the state that the change is meant for, such as `"7"`; 412 if there is a newer state. */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "price": "749.00"
                 *     }
                 */
                "application/json": {
                    /** @example SKU-0001 */
                    sku?: string;
                    /** @example Laptop HP */
                    name?: string;
                    description?: string | null;
                    category?: string | null;
                    /** @example 799.00 */
                    price?: string;
                    /**
                     * @description The codes by which it is scanned. No two products of the chain have the same code
                     * @example [
                     *       {
                     *         "value": "4006381333931",
                     *         "kind": "GTIN",
                     *         "units": 1
                     *       }
                     *     ]
                     */
                    identifiers?: {
                        /**
                         * @description What a scanner reads
                         * @example 4006381333931
                         */
                        value: string;
                        /**
                         * @description GTIN: 8, 12, 13 or 14 digits, the last one their check digit. PLU: four or five digits
                         * @enum {string}
                         */
                        kind: "GTIN" | "PLU" | "OWN";
                        /**
                         * @description Units that one scan stands for: 12 for a box of twelve
                         * @default 1
                         */
                        units?: number;
                    }[];
                    /**
                     * @description In what it is counted: numbers of it are whole units, such as grams. A label, but for the units that one hold may be of
                     * @enum {string}
                     */
                    unit?: "PIECE" | "G" | "ML" | "MM" | "CM2";
                    /** @description Decimal places with which numbers of it are shown: 1250 with 3 as 1.250. A label */
                    display_exponent?: number;
                };
            };
        };
        responses: {
            /** @description The product after the change */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "sku": "SKU-0001",
                     *       "name": "Laptop HP",
                     *       "description": null,
                     *       "category": "Computers",
                     *       "price": "749.00",
                     *       "version": 2,
                     *       "archived_at": null,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:30:12.001Z",
                     *       "identifiers": [
                     *         {
                     *           "value": "4006381333931",
                     *           "kind": "GTIN",
                     *           "units": 1
                     *         }
                     *       ],
                     *       "unit": "PIECE",
                     *       "display_exponent": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Product"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["sku_taken"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    listStores: {
        parameters: {
            query?: {
                /** @description A group of stores. Such as `madrid`. */
                group?: string;
                near?: string;
                radius_km?: number;
                limit?: number;
                cursor?: string;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of stores, ordered by id; with near, the nearest first, each with its distance_km */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "store_id": "MAD-001",
                     *           "name": "Madrid Centro",
                     *           "groups": [
                     *             "madrid"
                     *           ],
                     *           "latitude": 40.4168,
                     *           "longitude": -3.7038,
                     *           "country": "ES",
                     *           "time_zone": "Europe/Madrid",
                     *           "priority": 0,
                     *           "pickup": true,
                     *           "ships": true,
                     *           "status": "OPEN",
                     *           "version": 1,
                     *           "created_at": "2026-11-24T10:28:00.098Z",
                     *           "updated_at": "2026-11-24T10:28:00.098Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": {
                        items: {
                            store_id: string;
                            name: string;
                            groups: string[];
                            latitude: number | null;
                            longitude: number | null;
                            country: string | null;
                            time_zone: string | null;
                            priority: number;
                            pickup: boolean;
                            ships: boolean;
                            /** @enum {string} */
                            status: "OPEN" | "CLOSED";
                            version: number;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            updated_at: string;
                            distance_km?: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    createStore: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "store_id": "MAD-001",
                 *       "name": "Madrid Centro",
                 *       "groups": [
                 *         "madrid"
                 *       ],
                 *       "latitude": 40.4168,
                 *       "longitude": -3.7038,
                 *       "country": "ES",
                 *       "time_zone": "Europe/Madrid"
                 *     }
                 */
                "application/json": {
                    /** @example MAD-001 */
                    store_id: string;
                    /** @example Madrid Centro */
                    name: string;
                    groups?: string[];
                    latitude?: number | null;
                    longitude?: number | null;
                    country?: string | null;
                    time_zone?: string | null;
                    /** @description The higher, the sooner goods are taken from it */
                    priority?: number;
                    /** @description Customers collect here */
                    pickup?: boolean;
                    /** @description It sends goods to customers */
                    ships?: boolean;
                    /**
                     * @description CLOSED: left out of every answer about availability; the live feed goes on showing it
                     * @enum {string}
                     */
                    status?: "OPEN" | "CLOSED";
                };
            };
        };
        responses: {
            /** @description The store */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "store_id": "MAD-001",
                     *       "name": "Madrid Centro",
                     *       "groups": [
                     *         "madrid"
                     *       ],
                     *       "latitude": 40.4168,
                     *       "longitude": -3.7038,
                     *       "country": "ES",
                     *       "time_zone": "Europe/Madrid",
                     *       "priority": 0,
                     *       "pickup": true,
                     *       "ships": true,
                     *       "status": "OPEN",
                     *       "version": 1,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:00.098Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Store"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["in_use"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    getStore: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what you have, such as `"7"`; 304 if it has not changed. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example MAD-001 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The store */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "store_id": "MAD-001",
                     *       "name": "Madrid Centro",
                     *       "groups": [
                     *         "madrid"
                     *       ],
                     *       "latitude": 40.4168,
                     *       "longitude": -3.7038,
                     *       "country": "ES",
                     *       "time_zone": "Europe/Madrid",
                     *       "priority": 0,
                     *       "pickup": true,
                     *       "ships": true,
                     *       "status": "OPEN",
                     *       "version": 1,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:00.098Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Store"];
                };
            };
            /** @description Not changed since the answer with this ETag */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    updateStore: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of the state that the change is meant for, such as `"7"`; 412 if there is a newer state. */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example MAD-001 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "groups": [
                 *         "madrid",
                 *         "centre"
                 *       ],
                 *       "priority": 10
                 *     }
                 */
                "application/json": {
                    /** @example Madrid Centro */
                    name?: string;
                    groups?: string[];
                    latitude?: number | null;
                    longitude?: number | null;
                    country?: string | null;
                    time_zone?: string | null;
                    /** @description The higher, the sooner goods are taken from it */
                    priority?: number;
                    /** @description Customers collect here */
                    pickup?: boolean;
                    /** @description It sends goods to customers */
                    ships?: boolean;
                    /**
                     * @description CLOSED: left out of every answer about availability; the live feed goes on showing it
                     * @enum {string}
                     */
                    status?: "OPEN" | "CLOSED";
                };
            };
        };
        responses: {
            /** @description The store after the change */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "store_id": "MAD-001",
                     *       "name": "Madrid Centro",
                     *       "groups": [
                     *         "centre",
                     *         "madrid"
                     *       ],
                     *       "latitude": 40.4168,
                     *       "longitude": -3.7038,
                     *       "country": "ES",
                     *       "time_zone": "Europe/Madrid",
                     *       "priority": 10,
                     *       "pickup": true,
                     *       "ships": true,
                     *       "status": "OPEN",
                     *       "version": 2,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:30:12.001Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Store"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                after?: string;
                type?: string;
                /** @description Such as `MAD-001`. */
                store_id?: string;
                limit?: number;
                from?: string;
                /** @description End before the first event of this time or later */
                to?: string;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the log */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "type": "stock.updated",
                     *           "schema_version": 1,
                     *           "position": 4711,
                     *           "time": "2026-11-24T10:28:00.098Z",
                     *           "store_id": "MAD-001",
                     *           "aggregate_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *           "stream_id": "0b2fbd6e-57d7-4a53-a2b5-3f5fb1f5a1c3",
                     *           "stream_version": 7,
                     *           "actor": {
                     *             "id": "vendor-789",
                     *             "role": "vendor"
                     *           },
                     *           "request_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *           "data": {
                     *             "stock_id": "0b2fbd6e-57d7-4a53-a2b5-3f5fb1f5a1c3",
                     *             "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *             "store_id": "MAD-001",
                     *             "quantity": 40,
                     *             "reserved": 2,
                     *             "available": 38,
                     *             "version": 7,
                     *             "delta": 20,
                     *             "reserved_delta": 0,
                     *             "reason": "RESTOCK",
                     *             "user_id": "vendor-789",
                     *             "reference": null,
                     *             "note": null,
                     *             "occurred_at": null
                     *           }
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": "eyJlcG9jaCI6MSwicG9zaXRpb24iOjQ3MTF9.9DBzL0n2u9xwR1sT"
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Event"][];
                        next_cursor: string;
                        has_more: boolean;
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            410: components["responses"]["log_epoch_changed"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *       "type": "stock.updated",
                     *       "schema_version": 1,
                     *       "position": 4711,
                     *       "time": "2026-11-24T10:28:00.098Z",
                     *       "store_id": "MAD-001",
                     *       "aggregate_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "stream_id": "0b2fbd6e-57d7-4a53-a2b5-3f5fb1f5a1c3",
                     *       "stream_version": 7,
                     *       "actor": {
                     *         "id": "vendor-789",
                     *         "role": "vendor"
                     *       },
                     *       "request_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10",
                     *       "data": {
                     *         "stock_id": "0b2fbd6e-57d7-4a53-a2b5-3f5fb1f5a1c3",
                     *         "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *         "store_id": "MAD-001",
                     *         "quantity": 40,
                     *         "reserved": 2,
                     *         "available": 38,
                     *         "version": 7,
                     *         "delta": 20,
                     *         "reserved_delta": 0,
                     *         "reason": "RESTOCK",
                     *         "user_id": "vendor-789",
                     *         "reference": null,
                     *         "note": null,
                     *         "occurred_at": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Event"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    openStream: {
        parameters: {
            query?: {
                view?: "availability" | "events";
                product_ids?: string[];
                store_ids?: string[];
                levels_only?: boolean;
                /** @description Such as `stock.updated`. */
                type?: "stock.updated" | "reservation.created" | "reservation.confirmed" | "reservation.cancelled" | "reservation.expired" | "reservation.extended" | "reservation.rejected" | "product.created" | "product.updated" | "product.archived" | "store.created" | "store.updated" | "customer.erased";
                /** @description Such as `MAD-001`. */
                store_id?: string;
                /** @description From POST /stream/tickets, in place of a token */
                ticket?: string;
                /** @description A cursor of GET /events, or the id of a frame; Last-Event-ID comes first */
                after?: string;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream, until it is closed */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: snapshot
                     *     id: eyJlcG9jaCI6MSwicG9zaXRpb24iOjQ3MTB9.YmFzZTY0dXJsLWhhc2g
                     *     data: {"as_of":"2026-11-24T10:28:00.098Z","rows":[{"product_id":"807acc38-bad3-5a9b-af8c-889c493a3230","store_id":"MAD-001","available":5,"level":"OK","version":17,"committed_at":"2026-11-24T10:27:31.512Z"}]}
                     *
                     *     event: stock
                     *     id: eyJlcG9jaCI6MSwicG9zaXRpb24iOjQ3MTF9.9DBzL0n2u9xwR1sT
                     *     data: {"rows":[{"product_id":"807acc38-bad3-5a9b-af8c-889c493a3230","store_id":"MAD-001","available":3,"level":"LOW","version":18,"committed_at":"2026-11-24T10:28:02.871Z"}]}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    createStreamTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "product_ids": [
                 *         "807acc38-bad3-5a9b-af8c-889c493a3230"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /**
                     * @default availability
                     * @enum {string}
                     */
                    view?: "availability" | "events";
                    product_ids?: string[];
                    store_ids?: string[];
                    levels_only?: boolean;
                    /**
                     * @example stock.updated
                     * @enum {string}
                     */
                    type?: "stock.updated" | "reservation.created" | "reservation.confirmed" | "reservation.cancelled" | "reservation.expired" | "reservation.extended" | "reservation.rejected" | "product.created" | "product.updated" | "product.archived" | "store.created" | "store.updated" | "customer.erased";
                    /** @example MAD-001 */
                    store_id?: string;
                };
            };
        };
        responses: {
            /** @description The ticket */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ticket": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                     *       "expires_at": "2026-11-24T18:28:00.000Z"
                     *     }
                     */
                    "application/json": {
                        ticket: string;
                        /** Format: date-time */
                        expires_at: string;
                    };
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.store_not_in_scope"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user of the token */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user_id": "vendor-789",
                     *       "role": "vendor",
                     *       "store_ids": [
                     *         "MAD-001"
                     *       ],
                     *       "permissions": [
                     *         "stock:adjust",
                     *         "stock:count",
                     *         "reserve:others"
                     *       ],
                     *       "may_confirm": true,
                     *       "limits": {
                     *         "requests": {
                     *           "limit": 500,
                     *           "window_seconds": 60
                     *         },
                     *         "holds": {
                     *           "units": 10000,
                     *           "reservations": 1000
                     *         },
                     *         "units_confirmed_per_day": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getLag: {
        parameters: {
            query?: {
                history?: number;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How far publishing and the view are behind */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": "2026-11-24T10:28:00.098Z",
                     *       "log": {
                     *         "epoch": 1,
                     *         "newest_position": 4711,
                     *         "settled_position": 4711
                     *       },
                     *       "publishing": {
                     *         "leader": true,
                     *         "backlog": 0,
                     *         "oldest_seconds": null,
                     *         "published_per_second": 12.5
                     *       },
                     *       "view": {
                     *         "position": 4711,
                     *         "events_behind": 0,
                     *         "complete_as_of": "2026-11-24T10:27:59.480Z",
                     *         "behind_ms": 48,
                     *         "stream_pending": 0
                     *       },
                     *       "processes": [
                     *         {
                     *           "process": "relay",
                     *           "instance": "shop-1",
                     *           "role": "leader",
                     *           "reported_at": "2026-11-24T10:27:59.500Z",
                     *           "age_seconds": 0.6,
                     *           "current": true
                     *         },
                     *         {
                     *           "process": "projector",
                     *           "instance": "shop-1",
                     *           "role": null,
                     *           "reported_at": "2026-11-24T10:27:59.528Z",
                     *           "age_seconds": 0.6,
                     *           "current": true
                     *         }
                     *       ],
                     *       "formats_held_up": [],
                     *       "problems": []
                     *     }
                     */
                    "application/json": components["schemas"]["Lag"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getConsumers: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The consumers */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": "2026-11-24T10:28:00.098Z",
                     *       "consumers": [
                     *         {
                     *           "name": "projector",
                     *           "durable": true,
                     *           "filter": [],
                     *           "pending": 0,
                     *           "unacknowledged": 0,
                     *           "redelivered": 0,
                     *           "acknowledged": 4711,
                     *           "seconds_behind": 0
                     *         },
                     *         {
                     *           "name": "analytics",
                     *           "durable": true,
                     *           "filter": [
                     *             "stock.>"
                     *           ],
                     *           "pending": 120,
                     *           "unacknowledged": 1,
                     *           "redelivered": 1,
                     *           "acknowledged": 4590,
                     *           "seconds_behind": 12.4
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Consumers"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getConsistency: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was found */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": "2026-11-24T10:28:00.098Z",
                     *       "consistent": false,
                     *       "view": {
                     *         "checked_at": "2026-11-24T10:27:57.120Z",
                     *         "all_checked_at": "2026-11-24T10:27:32.010Z",
                     *         "all_products": 1840,
                     *         "divergent_products": 1,
                     *         "differences": [
                     *           {
                     *             "product_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *             "field": "MAD-001",
                     *             "kind": "different",
                     *             "found": "17:99:2",
                     *             "expected": "17:7:2"
                     *           }
                     *         ]
                     *       },
                     *       "events": {
                     *         "parked": 0,
                     *         "waiting": 0,
                     *         "skipped": 0
                     *       },
                     *       "processes": [
                     *         {
                     *           "process": "projector",
                     *           "instance": "shop-1",
                     *           "role": null,
                     *           "reported_at": "2026-11-24T10:27:59.528Z",
                     *           "age_seconds": 0.6,
                     *           "current": true
                     *         }
                     *       ],
                     *       "problems": [
                     *         "1 product differs from the log: projector verify --repair"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Consistency"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getParkedEvents: {
        parameters: {
            query?: {
                state?: "parked" | "skipped";
                reason?: string;
                type?: string;
                store_id?: string;
                limit?: number;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is parked */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "total": 1,
                     *       "reasons": [
                     *         {
                     *           "reason": "payload too large",
                     *           "events": 1
                     *         }
                     *       ],
                     *       "events": [
                     *         {
                     *           "event_id": "0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11",
                     *           "state": "parked",
                     *           "reason": "payload too large: 1200345 bytes with headers, 1048576 allowed",
                     *           "event_type": "stock.updated",
                     *           "store_id": "MAD-001",
                     *           "position": 4711,
                     *           "stream_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *           "stream_version": 17,
                     *           "time": "2026-11-24 10:27:31.402+00",
                     *           "parked_at": "2026-11-24T10:27:31.498Z",
                     *           "resolved_at": null,
                     *           "resolved_by": null,
                     *           "waiting": 2
                     *         }
                     *       ],
                     *       "decisions": [
                     *         {
                     *           "at": "2026-11-24T09:02:11.020Z",
                     *           "by": "admin-1",
                     *           "via": "api",
                     *           "action": "parked.retry",
                     *           "note": "max_msg_size is 2 MB now",
                     *           "events": 3,
                     *           "first_event": "0198c2f0-1a0b-7d21-8c5b-3f0a9d7e5c10",
                     *           "published": 3,
                     *           "pending": 0,
                     *           "parked_again": 0,
                     *           "skipped": 0
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Parked"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getParkedEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "event_id": "0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11",
                     *       "state": "parked",
                     *       "reason": "payload too large: 1200345 bytes with headers, 1048576 allowed",
                     *       "event_type": "stock.updated",
                     *       "store_id": "MAD-001",
                     *       "position": 4711,
                     *       "stream_id": "01a20d19-1756-72d6-b15d-77c5f399fb03",
                     *       "stream_version": 17,
                     *       "time": "2026-11-24 10:27:31.402+00",
                     *       "parked_at": "2026-11-24T10:27:31.498Z",
                     *       "resolved_at": null,
                     *       "resolved_by": null,
                     *       "waiting": 2,
                     *       "aggregate_id": "807acc38-bad3-5a9b-af8c-889c493a3230",
                     *       "schema_version": 2,
                     *       "metadata": {
                     *         "request_id": "01a20d19-1755-7b1c-8d55-0c5d3a9e7f10"
                     *       },
                     *       "payload_bytes": 1200100,
                     *       "payload_start": "{\"note\": \"…"
                     *     }
                     */
                    "application/json": components["schemas"]["ParkedEvent"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    retryParked: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "filter": {
                 *         "reason": "payload too large"
                 *       },
                 *       "expected_count": 1,
                 *       "note": "max_msg_size is 2 MB now"
                 *     }
                 */
                "application/json": {
                    filter: components["schemas"]["ParkedFilter"];
                    /** @description How many match, as whoever decides has seen it; 412 where it is another number now */
                    expected_count: number;
                    note?: string;
                };
            };
        };
        responses: {
            /** @description What was released */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "decided": 1,
                     *       "event_ids": [
                     *         "0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["DecidedAboutParked"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    skipParked: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "filter": {
                 *         "event_ids": [
                 *           "0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11"
                 *         ]
                 *       },
                 *       "expected_count": 1,
                 *       "note": "a test of the till, nobody needs it"
                 *     }
                 */
                "application/json": {
                    filter: components["schemas"]["ParkedFilter"];
                    /** @description How many match, as whoever decides has seen it; 412 where it is another number now */
                    expected_count: number;
                    note: string;
                };
            };
        };
        responses: {
            /** @description What was skipped */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "decided": 1,
                     *       "event_ids": [
                     *         "0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["DecidedAboutParked"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    getReplays: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The replays */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "replays": [
                     *         {
                     *           "id": "4f1c09ab7e",
                     *           "state": "done",
                     *           "published": 1204,
                     *           "total": 1204,
                     *           "from_position": 3510,
                     *           "to_position": 4713,
                     *           "epoch": 1,
                     *           "specification": {
                     *             "from": {
                     *               "kind": "ago",
                     *               "seconds": 7200
                     *             },
                     *             "filter": {
                     *               "types": [
                     *                 "stock.updated"
                     *               ]
                     *             }
                     *           },
                     *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "created_at": "2026-11-24T10:28:00.098Z",
                     *           "updated_at": "2026-11-24T10:28:02.411Z",
                     *           "requested_by": "admin-1",
                     *           "note": "for the new price service",
                     *           "detail": null,
                     *           "decisions": []
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Replays"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    createReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "position:3510",
                 *       "to": "position:4713",
                 *       "types": [
                 *         "stock.updated"
                 *       ],
                 *       "expected_total": 1204,
                 *       "note": "for the new price service"
                 *     }
                 */
                "application/json": {
                    /**
                     * @description An RFC 3339 time, 90s | 15m | 2h | 7d ago, position:N, event:UUID, or beginning
                     * @example 2h
                     */
                    from: string;
                    /**
                     * @description Inclusive; up to the settled position of the log where it is left out
                     * @example 2h
                     */
                    to?: string;
                    /** @description Event types, or patterns such as stock.* */
                    types?: string[];
                    stores?: string[];
                    products?: string[];
                    /** @description Events a second, at most */
                    rate?: number;
                    /** @description Bytes at which its stream is full, and the replay pauses; 2 048 for each event and at least 64 MiB where it is left out */
                    max_bytes?: number;
                    /** @description As many events as the plan counted */
                    expected_total: number;
                    note?: string;
                };
            };
        };
        responses: {
            /** @description The replay */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Location: components["headers"]["Location"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "4f1c09ab7e",
                     *       "state": "requested",
                     *       "published": 0,
                     *       "total": 1204,
                     *       "from_position": 3510,
                     *       "to_position": 4713,
                     *       "epoch": 1,
                     *       "specification": {
                     *         "from": {
                     *           "kind": "ago",
                     *           "seconds": 7200
                     *         },
                     *         "filter": {
                     *           "types": [
                     *             "stock.updated"
                     *           ]
                     *         }
                     *       },
                     *       "digest": null,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:02.411Z",
                     *       "requested_by": "admin-1",
                     *       "note": "for the new price service",
                     *       "detail": null,
                     *       "decisions": []
                     *     }
                     */
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    planReplay: {
        parameters: {
            query: {
                /**
                 * @description An RFC 3339 time, 90s | 15m | 2h | 7d ago, position:N, event:UUID, or beginning
                 * @example 2h
                 */
                from: string;
                /** @description An RFC 3339 time, 90s | 15m | 2h | 7d ago, position:N, event:UUID, or beginning. Such as `2h`. */
                to?: string;
                types?: string;
                stores?: string;
                products?: string;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The plan */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from_position": 3510,
                     *       "to_position": 4713,
                     *       "epoch": 1,
                     *       "total": 1204,
                     *       "first_at": "2026-11-24T08:28:00.511Z",
                     *       "last_at": "2026-11-24T10:27:59.480Z",
                     *       "lines": [
                     *         {
                     *           "event_type": "stock.updated",
                     *           "store_id": "MAD-001",
                     *           "events": 1204
                     *         }
                     *       ],
                     *       "more_lines": 0,
                     *       "estimated_seconds": 1,
                     *       "max_bytes": 67108864
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayPlan"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The replay */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "4f1c09ab7e",
                     *       "state": "done",
                     *       "published": 1204,
                     *       "total": 1204,
                     *       "from_position": 3510,
                     *       "to_position": 4713,
                     *       "epoch": 1,
                     *       "specification": {
                     *         "from": {
                     *           "kind": "ago",
                     *           "seconds": 7200
                     *         },
                     *         "filter": {
                     *           "types": [
                     *             "stock.updated"
                     *           ]
                     *         }
                     *       },
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:02.411Z",
                     *       "requested_by": "admin-1",
                     *       "note": "for the new price service",
                     *       "detail": null,
                     *       "decisions": []
                     *     }
                     */
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    pauseReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The replay */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "4f1c09ab7e",
                     *       "state": "paused",
                     *       "published": 512,
                     *       "total": 1204,
                     *       "from_position": 3510,
                     *       "to_position": 4713,
                     *       "epoch": 1,
                     *       "specification": {
                     *         "from": {
                     *           "kind": "ago",
                     *           "seconds": 7200
                     *         },
                     *         "filter": {
                     *           "types": [
                     *             "stock.updated"
                     *           ]
                     *         }
                     *       },
                     *       "digest": null,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:02.411Z",
                     *       "requested_by": "admin-1",
                     *       "note": "for the new price service",
                     *       "detail": null,
                     *       "decisions": []
                     *     }
                     */
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["in_use"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    resumeReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The replay */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "4f1c09ab7e",
                     *       "state": "requested",
                     *       "published": 512,
                     *       "total": 1204,
                     *       "from_position": 3510,
                     *       "to_position": 4713,
                     *       "epoch": 1,
                     *       "specification": {
                     *         "from": {
                     *           "kind": "ago",
                     *           "seconds": 7200
                     *         },
                     *         "filter": {
                     *           "types": [
                     *             "stock.updated"
                     *           ]
                     *         }
                     *       },
                     *       "digest": null,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:02.411Z",
                     *       "requested_by": "admin-1",
                     *       "note": "for the new price service",
                     *       "detail": null,
                     *       "decisions": []
                     *     }
                     */
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["in_use"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    cancelReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The replay */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "4f1c09ab7e",
                     *       "state": "cancelling",
                     *       "published": 512,
                     *       "total": 1204,
                     *       "from_position": 3510,
                     *       "to_position": 4713,
                     *       "epoch": 1,
                     *       "specification": {
                     *         "from": {
                     *           "kind": "ago",
                     *           "seconds": 7200
                     *         },
                     *         "filter": {
                     *           "types": [
                     *             "stock.updated"
                     *           ]
                     *         }
                     *       },
                     *       "digest": null,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:02.411Z",
                     *       "requested_by": "admin-1",
                     *       "note": "for the new price service",
                     *       "detail": null,
                     *       "decisions": []
                     *     }
                     */
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["in_use"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    createVerification: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "deep": true
                 *     }
                 */
                "application/json": {
                    deep?: boolean;
                    note?: string;
                };
            };
        };
        responses: {
            /** @description The job */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0198c2f2-6b0a-4cc3-9d5b-0d1f7c3a8e11",
                     *       "kind": "verify",
                     *       "deep": false,
                     *       "state": "requested",
                     *       "requested_by": "admin-1",
                     *       "note": null,
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:00.098Z",
                     *       "instance": null,
                     *       "products": 0,
                     *       "total": null,
                     *       "result": null,
                     *       "detail": null
                     *     }
                     */
                    "application/json": components["schemas"]["ViewJob"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["in_use"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    createRebuild: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeat safe: the first answer is stored with its effect for at least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each thing that is to happen once: a UUID, or `delivery-4711-line-1`. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "note": "after Redis was restored"
                 *     }
                 */
                "application/json": {
                    note?: string;
                };
            };
        };
        responses: {
            /** @description The job */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0198c2f2-6b0a-4cc3-9d5b-0d1f7c3a8e11",
                     *       "kind": "rebuild",
                     *       "deep": false,
                     *       "state": "requested",
                     *       "requested_by": "admin-1",
                     *       "note": "after Redis was restored",
                     *       "created_at": "2026-11-24T10:28:00.098Z",
                     *       "updated_at": "2026-11-24T10:28:00.098Z",
                     *       "instance": null,
                     *       "products": 0,
                     *       "total": null,
                     *       "result": null,
                     *       "detail": null
                     *     }
                     */
                    "application/json": components["schemas"]["ViewJob"];
                };
            };
            400: components["responses"]["validation_failed.malformed_json.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            409: components["responses"]["in_use"];
            413: components["responses"]["payload_too_large"];
            414: components["responses"]["uri_too_long"];
            415: components["responses"]["unsupported_media_type"];
            417: components["responses"]["expectation_failed"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.lock_timeout.overloaded.outcome_unknown"];
        };
    };
    getViewJobs: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The jobs */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobs": [
                     *         {
                     *           "id": "0198c2f2-6b0a-4cc3-9d5b-0d1f7c3a8e11",
                     *           "kind": "verify",
                     *           "deep": false,
                     *           "state": "done",
                     *           "requested_by": "admin-1",
                     *           "note": null,
                     *           "created_at": "2026-11-24T10:28:00.098Z",
                     *           "updated_at": "2026-11-24T10:28:00.098Z",
                     *           "instance": "shop-1",
                     *           "products": 20,
                     *           "total": 20,
                     *           "result": {
                     *             "products": 20,
                     *             "differences": 0,
                     *             "found": [],
                     *             "faults": null,
                     *             "folds": [],
                     *             "fields": null,
                     *             "open": null,
                     *             "remaining": null
                     *           },
                     *           "detail": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ViewJobs"];
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what you have, such as `"7"`; 304 if it has not changed. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "openapi": "3.1.1"
                     *     }
                     */
                    "application/json": {
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Not changed since the answer with this ETag */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation_failed.bad_request"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getAsyncApi: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what you have, such as `"7"`; 304 if it has not changed. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description AsyncAPI 3.0 */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "asyncapi": "3.0.0"
                     *     }
                     */
                    "application/json": {
                        asyncapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Not changed since the answer with this ETag */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation_failed.bad_request"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getEventSchema: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example stock.updated */
                type: string;
                /** @example 1 */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description JSON Schema, 2020-12 */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "title": "stock.updated",
                     *       "type": "object"
                     *     }
                     */
                    "application/schema+json": {
                        title: string;
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example <!doctype html> … */
                    "text/html": string;
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getDocsAsset: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example start.js */
                asset: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A style sheet or a script */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example window.ui = … */
                    "*/*": string;
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
    getProblem: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your name for this request, such as `checkout-4711`. It is in the answer, in the server's log and in the events that the request causes. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description W3C trace context, passed on into the events: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
                traceparent?: components["parameters"]["Traceparent"];
            };
            path: {
                /** @example insufficient_stock */
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    traceparent: components["headers"]["traceparent"];
                    "X-Served-By": components["headers"]["X-Served-By"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example <!doctype html> … */
                    "text/html": string;
                };
            };
            400: components["responses"]["validation_failed.bad_request"];
            404: components["responses"]["not_found"];
            406: components["responses"]["not_acceptable"];
            408: components["responses"]["request_timeout"];
            414: components["responses"]["uri_too_long"];
            417: components["responses"]["expectation_failed"];
            429: components["responses"]["quota_exceeded"];
            431: components["responses"]["header_fields_too_large"];
            500: components["responses"]["internal_error"];
            503: components["responses"]["dependency_unavailable.overloaded"];
        };
    };
}
