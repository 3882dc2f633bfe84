// Generated from docs/openapi.json by `npm run openapi`.

export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where things are; for a browser, the dashboard */
        get: operations["getRoot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process answers */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether all that is needed can be reached */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read who calls, and what the caller may do */
        get: operations["getSession"];
        put?: never;
        /**
         * Begin a session for an API key: the cookie that comes back stands for the key, in a browser
         * @description The cookie is HttpOnly and SameSite=Strict, and counts only for what pages of this origin ask. It ends after eight hours, or with its key.
         */
        post: operations["beginSession"];
        /** End the session of the cookie */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List transfers, newest first
         * @description The caller's own; with the scope `transfers:read-any`, everybody's.
         */
        get: operations["listTransfers"];
        put?: never;
        /** Start a transfer */
        post: operations["startTransfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transfers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a transfer */
        get: operations["getTransfer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transfers/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a transfer's events, in the order of the chain */
        get: operations["listTransferEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transfers/{id}/refusals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read which reports about a transfer the contract refused, in the order of the chain
         * @description A refusal changes nothing, and any member's key can cause one: it is no event of the transfer. The first 20 of each cause are kept.
         */
        get: operations["listTransferRefusals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transfers/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of a transfer's events that wait or are dead
         * @description To the caller's own functions and the deployment's; with the scope `transfers:read-any`, to everybody's.
         */
        get: operations["listTransferDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suspended-transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List suspended transfers, the newest first, with what is proposed for them */
        get: operations["listSuspendedTransfers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suspended-transfers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a suspended transfer, and what is proposed for it */
        get: operations["getSuspendedTransfer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suspended-transfers/{id}/resolution": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Propose, as an arbiter, how a suspended transfer is to go on */
        post: operations["proposeResolution"];
        /** Take back, as any arbiter, what is proposed */
        delete: operations["withdrawResolution"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suspended-transfers/{id}/resolution/confirmation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm, as another arbiter, what is proposed: the transfer goes on */
        post: operations["confirmResolution"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suspended-transfers/{id}/outcome": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Propose, as a person of the open leg's bank, the outcome of that leg
         * @description The statement is kept here, and its hash is the evidence on the chain. From the proposal on, the bank's function closes the leg's posting names at the bank.
         */
        post: operations["proposeOutcome"];
        /** Withdraw, as any person of the open leg's bank, the proposed outcome */
        delete: operations["withdrawOutcome"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suspended-transfers/{id}/outcome/confirmation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm, as another person of the same bank, the proposed outcome: the transfer moves on */
        post: operations["confirmOutcome"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read events, in the order of the chain
         * @description Events that are final, of the caller's own transfers; with the scope `transfers:read-any`, of everybody's. Go on with `next` as `after`.
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
    "/v1/transfers/{id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what banks without an API have shown of a transfer, and what banks' people have stated
         * @description Receipts, and pictures of the bank's pages with account numbers covered. Other banks keep their receipts themselves.
         */
        get: operations["listTransferEvidence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transfers/{id}/evidence/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a picture of what a bank has shown */
        get: operations["getTransferEvidencePicture"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transfers/{id}/receipt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the signed receipt of a completed transfer, or print it
         * @description As JSON with a signature (JWS, EdDSA; its keys are at /.well-known/jwks.json), or as `application/pdf` by `Accept`, with the JSON attached.
         */
        get: operations["getTransferReceipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The public keys of receipts (RFC 7517) */
        get: operations["getReceiptKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the events, as server-sent events
         * @description Of the caller's own transfers; with the scope `transfers:read-any`, of everybody's. In the order of the chain. Who comes again with the last cursor misses nothing and is told nothing twice.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/socket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the events over a WebSocket, in batches that are acknowledged
         * @description Messages are `{"batch":1,"cursor":"…","items":[{"kind":"event","cursor":"…","event":{…}}]}`; `kind` is also `removed` (to be undone, newest first) or `reset` (all after its `after` is void). Answer `{"ack":1}` once a batch is dealt with: at most 8 go ahead of it. Come again with the last cursor as `after`. Closed with 1001 where the server stops, 1008 for a message it does not know, 1009 for one that is too large, 4401 once the key has ended, 4408 where the client is too slow.
         */
        get: operations["openEventSocket"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/phone-accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Register a phone number for an account */
        post: operations["registerPhoneAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/phone-accounts/{phone}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look up which bank a phone number is registered at */
        get: operations["getPhoneAccount"];
        /** Change the account behind a number */
        put: operations["updatePhoneAccount"];
        post?: never;
        /** Give a number up; nobody holds it then */
        delete: operations["releasePhoneAccount"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the system does: what is open, what waits, how fast it goes */
        get: operations["getStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stats/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How transfers went from state to state in the last five minutes, second by second of block time */
        get: operations["getActivity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/positions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the payers' banks owe the payees' banks from the transfers that were completed on a day
         * @description By block time, for each pair of banks and currency; gross, so both directions are named.
         */
        get: operations["getPositions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reconciliations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the banks' statements of a day and the chain agree on, and where they differ
         * @description As the watcher found it last; it compares today's and yesterday's statements at regular times.
         */
        get: operations["listReconciliations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/banks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the member banks, those that take no part any more among them */
        get: operations["listBanks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/banks/{bank}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a member bank */
        get: operations["getBank"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/phone-accounts/{phone}/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the open claim for a number, as its holder or the bank that claims it */
        get: operations["getClaim"];
        put?: never;
        /** Ask for a number that another bank holds */
        post: operations["openClaim"];
        /** Take a claim back, as the bank that has opened it */
        delete: operations["withdrawClaim"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/phone-accounts/{phone}/claim/confirmation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Grant the open claim, as the bank that holds the number: it moves */
        post: operations["confirmClaim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the principal's API keys, the newest first, without the keys themselves; everybody's with `api-keys:read-any` */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make an API key, which is shown this once
         * @description Of the caller's own principal, or with `api-keys:write-any` of any; with no more scopes and payers than the caller's, and for no longer.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an API key, without the key itself */
        get: operations["getApiKey"];
        put?: never;
        post?: never;
        /**
         * End an API key at once
         * @description Of the caller's own principal, or with `api-keys:write-any` of any; one that can do no more than the caller, for no longer.
         */
        delete: operations["deleteApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{id}/rotations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make another key of the same principal; the old one ends after an overlap */
        post: operations["rotateApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the functions, and where their deliveries stand
         * @description The caller's own and the deployment's; with the scope `transfers:read-any`, everybody's.
         */
        get: operations["listFunctions"];
        put?: never;
        /**
         * Register a function: a URL or a TypeScript module that events wake
         * @description It begins with the newest event, and is woken once for every transfer that is open. The secret is shown this once.
         */
        post: operations["createFunction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a function, and where its deliveries stand */
        get: operations["getFunction"];
        put?: never;
        post?: never;
        /** Forget a function, and what waits for it */
        delete: operations["deleteFunction"];
        options?: never;
        head?: never;
        /**
         * Change a function; what is left out stays
         * @description Of the deployment's own only `enabled: true` is taken, from a key with `transfers:read-any`.
         */
        patch: operations["updateFunction"];
        trace?: never;
    };
    "/v1/functions/{name}/source": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the source of a function's module */
        get: operations["getFunctionSource"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions/{name}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a function's deliveries that wait or are dead, in order
         * @description Of a function that hears of others' transfers, only those of the caller's own; with `transfers:read-any` all of them.
         */
        get: operations["listFunctionDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions/{name}/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the newest requests to a function, at most 200 are kept */
        get: operations["listFunctionRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions/{name}/secret-rotations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make another secret; the old one signs beside it for a while */
        post: operations["rotateFunctionSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions/{name}/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Deliver one dead letter of a function again, or all of them */
        post: operations["replayFunction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions/{name}/invocations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a function's invocations of the last day, the newest first */
        get: operations["listInvocations"];
        put?: never;
        /**
         * Run a function on an input; a URL gets it as a signed CloudEvent
         * @description Kept for a day. An invocation whose function does not answer is tried three times.
         */
        post: operations["invokeFunction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions/{name}/invocations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an invocation */
        get: operations["getInvocation"];
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
    schemas: never;
    responses: {
        /** @description Problem details (RFC 9457) */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** Format: uri */
                    type: string;
                    title: string;
                    status: number;
                    detail: string;
                    /**
                     * Format: uri
                     * @description Names this answer; the operator's log has it too.
                     */
                    instance: string;
                    /** @description JSON pointer: which field the error is about. */
                    field?: string;
                    /** @description What is wrong with the request, field by field. */
                    errors?: {
                        /** @description JSON pointer. */
                        pointer: string;
                        detail: string;
                    }[];
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getRoot: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        network: {
                            domain: string;
                            chainId: string;
                            organisation: string;
                        };
                        links: {
                            [key: string]: string;
                        };
                    };
                };
            };
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {unknown} */
                        status: "ok" | "unavailable";
                        checks: {
                            name: string;
                            ok: boolean;
                        }[];
                    };
                };
            };
            429: components["responses"]["Problem"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {unknown} */
                        status: "ok" | "unavailable";
                        checks: {
                            name: string;
                            ok: boolean;
                        }[];
                    };
                };
            };
            429: components["responses"]["Problem"];
            /** @description Default Response */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {unknown} */
                        status: "ok" | "unavailable";
                        checks: {
                            name: string;
                            ok: boolean;
                        }[];
                    };
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        principal: string;
                        scopes: string[];
                        /** @description The alias ids and bank ids that it may send for. */
                        payers: "any" | string[];
                    };
                };
            };
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    beginSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        principal: string;
                        scopes: string[];
                        /** @description The alias ids and bank ids that it may send for. */
                        payers: "any" | string[];
                        /**
                         * Format: date-time
                         * @description Then the session ends; earlier if the key does.
                         */
                        expiresAt: string;
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cookie is good for nothing any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listTransfers: {
        parameters: {
            query?: {
                state?: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                /**
                 * @description The BIC8 of a bank, on either side.
                 * @example FAASTHB1
                 */
                bank?: string;
                /**
                 * @description The id of a transfer, or the beginning of one.
                 * @example 0x9f86
                 */
                id?: string;
                /** @description RFC 3339. Accepted at this time or later. */
                from?: string;
                /** @description RFC 3339. Accepted before this time. */
                to?: string;
                /** @description `next` of the page before, asked for with the same filters. */
                cursor?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        transfers: {
                            id: string;
                            /** @enum {unknown} */
                            state: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            /** @enum {unknown} */
                            suspendedFrom?: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            /** @description Whether nothing can follow. */
                            final: boolean;
                            /** @description Present where the transfer is of a chain before this one, which is gone: `state` is where it last stood there. */
                            earlierChain?: {
                                /** @description Names that chain's network of transfers. */
                                domain: string;
                                /**
                                 * @description `unknown`: it was under way when its chain was lost, and only the banks can tell how far it came.
                                 * @enum {unknown}
                                 */
                                outcome: "final" | "unknown";
                            };
                            payer: {
                                /**
                                 * @description BIC8 (ISO 9362:2014).
                                 * @example FAASTHB1
                                 */
                                bank: string;
                            };
                            payee: {
                                /**
                                 * @description BIC8 (ISO 9362:2014).
                                 * @example FAASTHB1
                                 */
                                bank: string;
                            };
                            amount: {
                                /**
                                 * @description Minor units, a decimal string from 1 to 10^15.
                                 * @example 15000
                                 */
                                amount: string;
                                /**
                                 * @description ISO 4217 alphabetic code.
                                 * @example THB
                                 */
                                currency: string;
                            };
                            /**
                             * Format: date-time
                             * @description Judged by block time: the chain's clock.
                             */
                            deadline: string;
                            /**
                             * @description ISO 20022 external status reason code.
                             * @example AM04
                             */
                            reason?: string;
                            /**
                             * @description Why the start was refused; then the state is REJECTED, and nothing has moved. By the contract; or by every node for the start's transaction: transaction-too-large, gas-over-cap, fee-over-cap.
                             * @example organisation-not-admitted
                             */
                            cause?: string;
                            /**
                             * Format: date-time
                             * @description When this API accepted it: the service's clock, which may differ from the chain's by seconds.
                             */
                            acceptedAt?: string;
                            /**
                             * Format: date-time
                             * @description The time of the block that it started in: the chain's clock.
                             */
                            startedAt?: string;
                            /**
                             * Format: date-time
                             * @description The time of the block of its newest state: the chain's clock.
                             */
                            updatedAt?: string;
                            links: {
                                /** Format: uri-reference */
                                self: string;
                                /** Format: uri-reference */
                                events: string;
                            };
                        }[];
                        /** @description The cursor of the next page; absent on the last. */
                        next?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    startTransfer: {
        parameters: {
            query?: never;
            header: {
                /** @description Names the transfer for ever, for this caller: the same request under the same key is the same transfer. */
                "idempotency-key": string;
                /** @description RFC 7240. `wait=<seconds>`, at most 60: hold the answer until the transfer is final. `respond-async`: 202 at once, or after `wait`. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    payer: {
                        /**
                         * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                         * @example +66812345678
                         */
                        phone: string;
                    };
                    payee: {
                        /**
                         * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                         * @example +66812345678
                         */
                        phone: string;
                    };
                    amount: {
                        /**
                         * @description Minor units, a decimal string from 1 to 10^15.
                         * @example 15000
                         */
                        amount: string;
                        /**
                         * @description ISO 4217 alphabetic code.
                         * @example THB
                         */
                        currency: string;
                    };
                    /** @description For the payee, one line, sealed to the payee's bank. */
                    message?: string;
                    /** @description RFC 3339. After it the payer is not debited any more. From 10 seconds to 30 days ahead. */
                    deadline?: string;
                };
            };
        };
        responses: {
            /** @description Final, within the time that `Prefer: wait` gave */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {unknown} */
                        state: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /** @enum {unknown} */
                        suspendedFrom?: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /** @description Whether nothing can follow. */
                        final: boolean;
                        /** @description Present where the transfer is of a chain before this one, which is gone: `state` is where it last stood there. */
                        earlierChain?: {
                            /** @description Names that chain's network of transfers. */
                            domain: string;
                            /**
                             * @description `unknown`: it was under way when its chain was lost, and only the banks can tell how far it came.
                             * @enum {unknown}
                             */
                            outcome: "final" | "unknown";
                        };
                        payer: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                        };
                        payee: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                        };
                        amount: {
                            /**
                             * @description Minor units, a decimal string from 1 to 10^15.
                             * @example 15000
                             */
                            amount: string;
                            /**
                             * @description ISO 4217 alphabetic code.
                             * @example THB
                             */
                            currency: string;
                        };
                        /**
                         * Format: date-time
                         * @description Judged by block time: the chain's clock.
                         */
                        deadline: string;
                        /**
                         * @description ISO 20022 external status reason code.
                         * @example AM04
                         */
                        reason?: string;
                        /**
                         * @description Why the start was refused; then the state is REJECTED, and nothing has moved. By the contract; or by every node for the start's transaction: transaction-too-large, gas-over-cap, fee-over-cap.
                         * @example organisation-not-admitted
                         */
                        cause?: string;
                        /**
                         * Format: date-time
                         * @description When this API accepted it: the service's clock, which may differ from the chain's by seconds.
                         */
                        acceptedAt?: string;
                        /**
                         * Format: date-time
                         * @description The time of the block that it started in: the chain's clock.
                         */
                        startedAt?: string;
                        /**
                         * Format: date-time
                         * @description The time of the block of its newest state: the chain's clock.
                         */
                        updatedAt?: string;
                        links: {
                            /** Format: uri-reference */
                            self: string;
                            /** Format: uri-reference */
                            events: string;
                        };
                    };
                };
            };
            /** @description Accepted, durably; not final yet */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {unknown} */
                        state: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /** @enum {unknown} */
                        suspendedFrom?: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /** @description Whether nothing can follow. */
                        final: boolean;
                        /** @description Present where the transfer is of a chain before this one, which is gone: `state` is where it last stood there. */
                        earlierChain?: {
                            /** @description Names that chain's network of transfers. */
                            domain: string;
                            /**
                             * @description `unknown`: it was under way when its chain was lost, and only the banks can tell how far it came.
                             * @enum {unknown}
                             */
                            outcome: "final" | "unknown";
                        };
                        payer: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                        };
                        payee: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                        };
                        amount: {
                            /**
                             * @description Minor units, a decimal string from 1 to 10^15.
                             * @example 15000
                             */
                            amount: string;
                            /**
                             * @description ISO 4217 alphabetic code.
                             * @example THB
                             */
                            currency: string;
                        };
                        /**
                         * Format: date-time
                         * @description Judged by block time: the chain's clock.
                         */
                        deadline: string;
                        /**
                         * @description ISO 20022 external status reason code.
                         * @example AM04
                         */
                        reason?: string;
                        /**
                         * @description Why the start was refused; then the state is REJECTED, and nothing has moved. By the contract; or by every node for the start's transaction: transaction-too-large, gas-over-cap, fee-over-cap.
                         * @example organisation-not-admitted
                         */
                        cause?: string;
                        /**
                         * Format: date-time
                         * @description When this API accepted it: the service's clock, which may differ from the chain's by seconds.
                         */
                        acceptedAt?: string;
                        /**
                         * Format: date-time
                         * @description The time of the block that it started in: the chain's clock.
                         */
                        startedAt?: string;
                        /**
                         * Format: date-time
                         * @description The time of the block of its newest state: the chain's clock.
                         */
                        updatedAt?: string;
                        links: {
                            /** Format: uri-reference */
                            self: string;
                            /** Format: uri-reference */
                            events: string;
                        };
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getTransfer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {unknown} */
                        state: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /** @enum {unknown} */
                        suspendedFrom?: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /** @description Whether nothing can follow. */
                        final: boolean;
                        /** @description Present where the transfer is of a chain before this one, which is gone: `state` is where it last stood there. */
                        earlierChain?: {
                            /** @description Names that chain's network of transfers. */
                            domain: string;
                            /**
                             * @description `unknown`: it was under way when its chain was lost, and only the banks can tell how far it came.
                             * @enum {unknown}
                             */
                            outcome: "final" | "unknown";
                        };
                        payer: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                        };
                        payee: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                        };
                        amount: {
                            /**
                             * @description Minor units, a decimal string from 1 to 10^15.
                             * @example 15000
                             */
                            amount: string;
                            /**
                             * @description ISO 4217 alphabetic code.
                             * @example THB
                             */
                            currency: string;
                        };
                        /**
                         * Format: date-time
                         * @description Judged by block time: the chain's clock.
                         */
                        deadline: string;
                        /**
                         * @description ISO 20022 external status reason code.
                         * @example AM04
                         */
                        reason?: string;
                        /**
                         * @description Why the start was refused; then the state is REJECTED, and nothing has moved. By the contract; or by every node for the start's transaction: transaction-too-large, gas-over-cap, fee-over-cap.
                         * @example organisation-not-admitted
                         */
                        cause?: string;
                        /**
                         * Format: date-time
                         * @description When this API accepted it: the service's clock, which may differ from the chain's by seconds.
                         */
                        acceptedAt?: string;
                        /**
                         * Format: date-time
                         * @description The time of the block that it started in: the chain's clock.
                         */
                        startedAt?: string;
                        /**
                         * Format: date-time
                         * @description The time of the block of its newest state: the chain's clock.
                         */
                        updatedAt?: string;
                        links: {
                            /** Format: uri-reference */
                            self: string;
                            /** Format: uri-reference */
                            events: string;
                        };
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listTransferEvents: {
        parameters: {
            query?: {
                /**
                 * @description The sequence of an event: a whole number, at most 18 digits.
                 * @example 0
                 */
                after?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        transfer: string;
                        events: {
                            /** @description Decimal; gapless over all transfers of the network. */
                            sequence: string;
                            /** @example eventmachine.transfer.started */
                            type: string;
                            /** @enum {unknown} */
                            state?: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            reason?: string;
                            /** @description SHA-256 of the bank's receipt. */
                            evidence?: string;
                            /**
                             * Format: date-time
                             * @description The block's time: the chain's clock.
                             */
                            time: string;
                            /**
                             * Format: date-time
                             * @description When this system saw it: the store's clock.
                             */
                            observedAt: string;
                            blockNumber: string;
                            blockHash: string;
                            transactionHash: string;
                            logIndex: number;
                        }[];
                        /** @description Ask for the next page with it as `after`; absent on the last. */
                        next?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listTransferRefusals: {
        parameters: {
            query?: {
                /**
                 * @description The sequence of an event: a whole number, at most 18 digits.
                 * @example 0
                 */
                after?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        transfer: string;
                        refusals: {
                            /** @description The contract counts refusals as it counts events. */
                            sequence: string;
                            /**
                             * @description The transfer's state, which stayed.
                             * @enum {unknown}
                             */
                            current: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            /**
                             * @description The state that was reported.
                             * @enum {unknown}
                             */
                            to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            /** @enum {unknown} */
                            cause: "NONE" | "EXISTS" | "REQUEST_HASH_ZERO" | "AMOUNT_INVALID" | "CURRENCY_INVALID" | "DEADLINE_INVALID" | "DETAILS_TOO_LONG" | "PAYER_BANK_INACTIVE" | "PAYEE_BANK_INACTIVE" | "ORGANISATION_NOT_ADMITTED" | "UNEXPECTED_STATE" | "NOT_LEG_BANK" | "REASON_INVALID" | "EVIDENCE_MISSING" | "RESUMED";
                            /**
                             * Format: date-time
                             * @description The block's time: the chain's clock.
                             */
                            time: string;
                            /**
                             * Format: date-time
                             * @description When this system saw it: the store's clock.
                             */
                            observedAt: string;
                            blockNumber: string;
                            blockHash: string;
                            transactionHash: string;
                            logIndex: number;
                        }[];
                        /** @description Ask for the next page with it as `after`; absent on the last. */
                        next?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listTransferDeliveries: {
        parameters: {
            query?: {
                /** @description `next` of the page before, asked for with the same filters. */
                cursor?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deliveries: {
                            function: string;
                            sequence: string;
                            transfer: string;
                            type?: string;
                            /** @enum {unknown} */
                            status: "waiting" | "dead";
                            attempts: number;
                            /**
                             * Format: date-time
                             * @description Of one that waits.
                             */
                            nextAttemptAt?: string;
                            /**
                             * Format: date-time
                             * @description When it became a dead letter; of one that is dead.
                             */
                            givenUpAt?: string;
                            /** @description How often the watcher has given a dead letter its tries again by itself, because its transfer was still open. The pause before it doubles each time. */
                            revivals: number;
                            lastError?: string;
                        }[];
                        /** @description The cursor of the next page; absent on the last. */
                        next?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listSuspendedTransfers: {
        parameters: {
            query?: {
                /**
                 * @description The BIC8 of a bank, on either side.
                 * @example FAASTHB1
                 */
                bank?: string;
                /** @description `next` of the page before, asked for with the same filters. */
                cursor?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        suspendedTransfers: {
                            id: string;
                            /** @enum {unknown} */
                            state: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            /** @enum {unknown} */
                            suspendedFrom?: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            /** @description Whether nothing can follow. */
                            final: boolean;
                            /** @description Present where the transfer is of a chain before this one, which is gone: `state` is where it last stood there. */
                            earlierChain?: {
                                /** @description Names that chain's network of transfers. */
                                domain: string;
                                /**
                                 * @description `unknown`: it was under way when its chain was lost, and only the banks can tell how far it came.
                                 * @enum {unknown}
                                 */
                                outcome: "final" | "unknown";
                            };
                            payer: {
                                /**
                                 * @description BIC8 (ISO 9362:2014).
                                 * @example FAASTHB1
                                 */
                                bank: string;
                            };
                            payee: {
                                /**
                                 * @description BIC8 (ISO 9362:2014).
                                 * @example FAASTHB1
                                 */
                                bank: string;
                            };
                            amount: {
                                /**
                                 * @description Minor units, a decimal string from 1 to 10^15.
                                 * @example 15000
                                 */
                                amount: string;
                                /**
                                 * @description ISO 4217 alphabetic code.
                                 * @example THB
                                 */
                                currency: string;
                            };
                            /**
                             * Format: date-time
                             * @description Judged by block time: the chain's clock.
                             */
                            deadline: string;
                            /**
                             * @description ISO 20022 external status reason code.
                             * @example AM04
                             */
                            reason?: string;
                            /**
                             * @description Why the start was refused; then the state is REJECTED, and nothing has moved. By the contract; or by every node for the start's transaction: transaction-too-large, gas-over-cap, fee-over-cap.
                             * @example organisation-not-admitted
                             */
                            cause?: string;
                            /**
                             * Format: date-time
                             * @description When this API accepted it: the service's clock, which may differ from the chain's by seconds.
                             */
                            acceptedAt?: string;
                            /**
                             * Format: date-time
                             * @description The time of the block that it started in: the chain's clock.
                             */
                            startedAt?: string;
                            /**
                             * Format: date-time
                             * @description The time of the block of its newest state: the chain's clock.
                             */
                            updatedAt?: string;
                            links: {
                                /** Format: uri-reference */
                                self: string;
                                /** Format: uri-reference */
                                events: string;
                            };
                            /**
                             * @description The bank of the leg that it waits for, whose people can report the outcome.
                             * @example FAASTHB1
                             */
                            openLegBank: string;
                            /** @description The states that arbiters may let it go on in. */
                            allowed: ("NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED")[];
                            /** @description The outcomes that the open leg's bank may report. */
                            allowedOutcomes: ("NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED")[];
                            /** @description The outcome that one person of the open leg's bank has proposed, and another is to confirm. */
                            outcomeProposal?: {
                                /** @enum {unknown} */
                                to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                                /**
                                 * @description ISO 20022 external status reason code.
                                 * @example AB08
                                 */
                                reason?: string;
                                /** @description The person's address. */
                                by: string;
                                /** @description SHA-256 of the statement: the evidence on the chain. */
                                evidence: string;
                                /** @description The person's statement; absent where this store does not hold it. */
                                note?: string;
                                bankReference?: string;
                            };
                            /** @description What one arbiter has proposed, and another is to confirm. */
                            proposal?: {
                                /** @enum {unknown} */
                                to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                                /**
                                 * @description ISO 20022 external status reason code.
                                 * @example AB08
                                 */
                                reason?: string;
                                /** @description The arbiter's address. */
                                by: string;
                            };
                        }[];
                        /** @description The cursor of the next page; absent on the last. */
                        next?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getSuspendedTransfer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {unknown} */
                        state: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /** @enum {unknown} */
                        suspendedFrom?: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /** @description Whether nothing can follow. */
                        final: boolean;
                        /** @description Present where the transfer is of a chain before this one, which is gone: `state` is where it last stood there. */
                        earlierChain?: {
                            /** @description Names that chain's network of transfers. */
                            domain: string;
                            /**
                             * @description `unknown`: it was under way when its chain was lost, and only the banks can tell how far it came.
                             * @enum {unknown}
                             */
                            outcome: "final" | "unknown";
                        };
                        payer: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                        };
                        payee: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                        };
                        amount: {
                            /**
                             * @description Minor units, a decimal string from 1 to 10^15.
                             * @example 15000
                             */
                            amount: string;
                            /**
                             * @description ISO 4217 alphabetic code.
                             * @example THB
                             */
                            currency: string;
                        };
                        /**
                         * Format: date-time
                         * @description Judged by block time: the chain's clock.
                         */
                        deadline: string;
                        /**
                         * @description ISO 20022 external status reason code.
                         * @example AM04
                         */
                        reason?: string;
                        /**
                         * @description Why the start was refused; then the state is REJECTED, and nothing has moved. By the contract; or by every node for the start's transaction: transaction-too-large, gas-over-cap, fee-over-cap.
                         * @example organisation-not-admitted
                         */
                        cause?: string;
                        /**
                         * Format: date-time
                         * @description When this API accepted it: the service's clock, which may differ from the chain's by seconds.
                         */
                        acceptedAt?: string;
                        /**
                         * Format: date-time
                         * @description The time of the block that it started in: the chain's clock.
                         */
                        startedAt?: string;
                        /**
                         * Format: date-time
                         * @description The time of the block of its newest state: the chain's clock.
                         */
                        updatedAt?: string;
                        links: {
                            /** Format: uri-reference */
                            self: string;
                            /** Format: uri-reference */
                            events: string;
                        };
                        /**
                         * @description The bank of the leg that it waits for, whose people can report the outcome.
                         * @example FAASTHB1
                         */
                        openLegBank: string;
                        /** @description The states that arbiters may let it go on in. */
                        allowed: ("NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED")[];
                        /** @description The outcomes that the open leg's bank may report. */
                        allowedOutcomes: ("NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED")[];
                        /** @description The outcome that one person of the open leg's bank has proposed, and another is to confirm. */
                        outcomeProposal?: {
                            /** @enum {unknown} */
                            to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            /**
                             * @description ISO 20022 external status reason code.
                             * @example AB08
                             */
                            reason?: string;
                            /** @description The person's address. */
                            by: string;
                            /** @description SHA-256 of the statement: the evidence on the chain. */
                            evidence: string;
                            /** @description The person's statement; absent where this store does not hold it. */
                            note?: string;
                            bankReference?: string;
                        };
                        /** @description What one arbiter has proposed, and another is to confirm. */
                        proposal?: {
                            /** @enum {unknown} */
                            to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            /**
                             * @description ISO 20022 external status reason code.
                             * @example AB08
                             */
                            reason?: string;
                            /** @description The arbiter's address. */
                            by: string;
                        };
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    proposeResolution: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description The state that it was suspended from, or the negative outcome once the open leg's bank is deactivated.
                     * @enum {unknown}
                     */
                    to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                    /**
                     * @description Needed for the negative outcome, and for nothing else.
                     * @example AB08
                     */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The transfer's id. */
                        transfer: string;
                        /** @enum {unknown} */
                        to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /**
                         * @description ISO 20022 external status reason code.
                         * @example AB08
                         */
                        reason?: string;
                        transactionHash: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    withdrawResolution: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nothing is proposed any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    confirmResolution: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description What is confirmed: what was proposed, or it is refused.
                     * @enum {unknown}
                     */
                    to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The transfer's id. */
                        transfer: string;
                        /** @enum {unknown} */
                        to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /**
                         * @description ISO 20022 external status reason code.
                         * @example AB08
                         */
                        reason?: string;
                        transactionHash: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    proposeOutcome: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description One of the transfer's `allowedOutcomes`.
                     * @enum {unknown}
                     */
                    to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                    /**
                     * @description Needed for REJECTED and REVERSING, and for nothing else.
                     * @example AB08
                     */
                    reason?: string;
                    /** @description How the person knows the outcome, one line, for the second person and for auditors. No names, no account numbers. */
                    note: string;
                    /** @description The bank's own reference of the payment, one line. */
                    bankReference?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The transfer's id. */
                        transfer: string;
                        /** @enum {unknown} */
                        to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /**
                         * @description ISO 20022 external status reason code.
                         * @example AB08
                         */
                        reason?: string;
                        /** @description SHA-256 of the statement: the evidence on the chain. */
                        evidence: string;
                        transactionHash: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    withdrawOutcome: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No outcome is proposed any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    confirmOutcome: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description The outcome that was proposed.
                     * @enum {unknown}
                     */
                    to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                    /** @description The hash of the statement that is confirmed. */
                    evidence: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The transfer's id. */
                        transfer: string;
                        /** @enum {unknown} */
                        to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                        /**
                         * @description ISO 20022 external status reason code.
                         * @example AB08
                         */
                        reason?: string;
                        /** @description SHA-256 of the statement: the evidence on the chain. */
                        evidence: string;
                        transactionHash: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /**
                 * @description The sequence of an event: a whole number, at most 18 digits.
                 * @example 0
                 */
                after?: string;
                type?: "eventmachine.transfer.started" | "eventmachine.transfer.pending" | "eventmachine.transfer.completed" | "eventmachine.transfer.rejected" | "eventmachine.transfer.reversing" | "eventmachine.transfer.reversed" | "eventmachine.transfer.suspended" | "eventmachine.transfer.resolution-proposed" | "eventmachine.transfer.resolution-withdrawn" | "eventmachine.transfer.resolved" | "eventmachine.transfer.outcome-proposed" | "eventmachine.transfer.outcome-withdrawn" | "eventmachine.transfer.outcome-confirmed";
                /**
                 * @description The BIC8 of a bank, on either side.
                 * @example FAASTHB1
                 */
                bank?: string;
                /** @description The id of a transfer. */
                transfer?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        events: {
                            /** @description As in the CloudEvent: chain, block hash, log index. */
                            id: string;
                            /** @description Decimal; gapless over all transfers of the network. */
                            sequence: string;
                            /** @example eventmachine.transfer.started */
                            type: string;
                            /** @enum {unknown} */
                            state?: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            reason?: string;
                            /** @description SHA-256 of the bank's receipt. */
                            evidence?: string;
                            /**
                             * Format: date-time
                             * @description The block's time: the chain's clock.
                             */
                            time: string;
                            /**
                             * Format: date-time
                             * @description When this system saw it: the store's clock.
                             */
                            observedAt: string;
                            blockNumber: string;
                            blockHash: string;
                            transactionHash: string;
                            logIndex: number;
                            /** @description The transfer's id. */
                            transfer: string;
                            payer?: {
                                /**
                                 * @description BIC8 (ISO 9362:2014).
                                 * @example FAASTHB1
                                 */
                                bank: string;
                            };
                            payee?: {
                                /**
                                 * @description BIC8 (ISO 9362:2014).
                                 * @example FAASTHB1
                                 */
                                bank: string;
                            };
                            amount?: {
                                /**
                                 * @description Minor units, a decimal string from 1 to 10^15.
                                 * @example 15000
                                 */
                                amount: string;
                                /**
                                 * @description ISO 4217 alphabetic code.
                                 * @example THB
                                 */
                                currency: string;
                            };
                            /**
                             * Format: date-time
                             * @description RFC 3339.
                             */
                            deadline?: string;
                            /** @enum {unknown} */
                            suspendedFrom?: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            /** @description How many items the contract refused since the event before: `sequence - refusalsBefore - 1` is that event's sequence, among everybody's events. A refusal changes no transfer and is no event; see `/v1/transfers/{id}/refusals`. */
                            refusalsBefore: number;
                        }[];
                        /**
                         * @description Ask for what comes after it next. It moves on even where nothing matches.
                         * @example 42
                         */
                        next: string;
                        /**
                         * @description The newest event that is final: once `next` is there, all has been read.
                         * @example 42
                         */
                        final: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listTransferEvidence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        transfer: string;
                        evidence: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                            /** @enum {unknown} */
                            leg: "debit" | "credit" | "refund";
                            /** @enum {unknown} */
                            status: "posted" | "refused";
                            /** @description Canonical JSON (RFC 8785), as it was hashed. */
                            receipt: string;
                            /** @description SHA-256 of the receipt: what the chain has as evidence. */
                            hash: string;
                            picture?: {
                                /** @description SHA-256 of the picture; the receipt holds it. */
                                digest: string;
                                mediaType: string;
                                /** @description In bytes. */
                                size: number;
                                /** Format: uri-reference */
                                link: string;
                            };
                        }[];
                        /** @description Statements of people of a bank who proposed an outcome while the transfer was suspended. */
                        statements: {
                            /** @description Canonical JSON (RFC 8785), as it was hashed. */
                            content: string;
                            /** @description SHA-256 of the content: what the chain has as evidence, if it was confirmed. */
                            hash: string;
                            /** @description The principal that proposed the outcome. */
                            proposer: string;
                            /** Format: date-time */
                            at: string;
                        }[];
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getTransferEvidencePicture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
                /** @description 64 hex digits. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getTransferReceipt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 0x and 64 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The receipt */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        receipt: {
                            /** @description 1: without `requested`. */
                            version: 1 | 2;
                            /** @description The organisation whose API has issued it. */
                            issuer: string;
                            network: {
                                domain: string;
                                chainId: string;
                                contract: string;
                            };
                            transfer: {
                                id: string;
                                /** @enum {string} */
                                state: "COMPLETED";
                                payer: {
                                    /** @description BIC8 (ISO 9362:2014). */
                                    bank: string;
                                };
                                payee: {
                                    /** @description BIC8 (ISO 9362:2014). */
                                    bank: string;
                                };
                                amount: {
                                    amount: string;
                                    currency: string;
                                };
                                /** @description RFC 3339. */
                                startedAt: string;
                                /** @description RFC 3339. */
                                completedAt: string;
                            };
                            requested?: {
                                /** @description keccak256(abi.encode(principal, Idempotency-Key)): what the chain makes the id of. */
                                requestHash: string;
                                /** @description keccak256 of the details that the issuer sealed to the two banks. */
                                detailsHash: string;
                                payer: {
                                    /** @description BIC8 (ISO 9362:2014). */
                                    bank: string;
                                };
                                payee: {
                                    /** @description BIC8 (ISO 9362:2014). */
                                    bank: string;
                                };
                                amount: {
                                    amount: string;
                                    currency: string;
                                };
                                /** @description RFC 3339. */
                                deadline: string;
                                /** @description Each field of the request (JSON pointer), the phone numbers and the message too, hashed under the issuer's secret key: a repeat of the request tells whether it is the same. */
                                fields: {
                                    [key: string]: string;
                                };
                            };
                            evidence: {
                                /** @enum {unknown} */
                                leg: "debit" | "credit";
                                /** @description BIC8 (ISO 9362:2014). */
                                bank: string;
                                /** @description SHA-256 of the bank's receipt, as the chain has it. */
                                hash: string;
                                /** @description That receipt, where the bank has no API; other banks keep theirs. */
                                receipt?: string;
                            }[];
                            events: {
                                type: string;
                                sequence: string;
                                /** @description RFC 3339. */
                                time: string;
                                blockNumber: string;
                                blockHash: string;
                                transactionHash: string;
                                logIndex: number;
                            }[];
                        };
                        jws: string;
                    };
                    "application/pdf": string;
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getReceiptKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: {
                            [key: string]: unknown;
                        }[];
                    };
                };
            };
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /**
                 * @description A cursor of the stream, or the sequence of an event: what comes after it is told. `0`: from the first event on; without it, what comes from now on.
                 * @example 0
                 */
                after?: string;
                /** @description `latest`, as without it: at once, and what a reorganisation takes back is told as removed. `final`: once it can no longer be taken back. */
                finality?: "latest" | "final";
                type?: "eventmachine.transfer.started" | "eventmachine.transfer.pending" | "eventmachine.transfer.completed" | "eventmachine.transfer.rejected" | "eventmachine.transfer.reversing" | "eventmachine.transfer.reversed" | "eventmachine.transfer.suspended" | "eventmachine.transfer.resolution-proposed" | "eventmachine.transfer.resolution-withdrawn" | "eventmachine.transfer.resolved" | "eventmachine.transfer.outcome-proposed" | "eventmachine.transfer.outcome-withdrawn" | "eventmachine.transfer.outcome-confirmed";
                /**
                 * @description The BIC8 of a bank, on either side.
                 * @example FAASTHB1
                 */
                bank?: string;
                /** @description The id of a transfer. */
                transfer?: string;
            };
            header?: {
                /** @description The cursor of the last event that was received; goes before `after`. An EventSource sends it by itself. */
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events. Each has the cursor as its `id` and an event as its data; those of the type `removed` are to be undone, newest first; after one of the type `reset` all is void that came after its `after`. Comments keep the connection alive. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    openEventSocket: {
        parameters: {
            query?: {
                /**
                 * @description A cursor of the stream, or the sequence of an event: what comes after it is told. `0`: from the first event on; without it, what comes from now on.
                 * @example 0
                 */
                after?: string;
                /** @description `latest`, as without it: at once, and what a reorganisation takes back is told as removed. `final`: once it can no longer be taken back. */
                finality?: "latest" | "final";
                type?: "eventmachine.transfer.started" | "eventmachine.transfer.pending" | "eventmachine.transfer.completed" | "eventmachine.transfer.rejected" | "eventmachine.transfer.reversing" | "eventmachine.transfer.reversed" | "eventmachine.transfer.suspended" | "eventmachine.transfer.resolution-proposed" | "eventmachine.transfer.resolution-withdrawn" | "eventmachine.transfer.resolved" | "eventmachine.transfer.outcome-proposed" | "eventmachine.transfer.outcome-withdrawn" | "eventmachine.transfer.outcome-confirmed";
                /**
                 * @description The BIC8 of a bank, on either side.
                 * @example FAASTHB1
                 */
                bank?: string;
                /** @description The id of a transfer. */
                transfer?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The WebSocket is open */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            426: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    registerPhoneAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                     * @example +66812345678
                     */
                    phone: string;
                    /**
                     * @description BIC8 (ISO 9362:2014).
                     * @example FAASTHB1
                     */
                    bank: string;
                    /** @description 1 to 34 ASCII letters and digits; sealed to the bank. */
                    account: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                         * @example +66812345678
                         */
                        phone: string;
                        /**
                         * @description BIC8 (ISO 9362:2014).
                         * @example FAASTHB1
                         */
                        bank: string;
                        /** @description Counts the changes of the entry, from 1. */
                        version: number;
                        transactionHash?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getPhoneAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                 * @example +66812345678
                 */
                phone: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                         * @example +66812345678
                         */
                        phone: string;
                        /**
                         * @description BIC8 (ISO 9362:2014).
                         * @example FAASTHB1
                         */
                        bank: string;
                        /** @description Counts the changes of the entry, from 1. */
                        version: number;
                        transactionHash?: string;
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    updatePhoneAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                 * @example +66812345678
                 */
                phone: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 1 to 34 ASCII letters and digits; sealed to the bank. */
                    account: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                         * @example +66812345678
                         */
                        phone: string;
                        /**
                         * @description BIC8 (ISO 9362:2014).
                         * @example FAASTHB1
                         */
                        bank: string;
                        /** @description Counts the changes of the entry, from 1. */
                        version: number;
                        transactionHash?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    releasePhoneAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                 * @example +66812345678
                 */
                phone: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getStats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        time: string;
                        /** @description How many are in each state; none: left out. */
                        transfers: {
                            [key: string]: number;
                        };
                        /** @description Accepted, and not yet known to be on the chain for good. */
                        startsWaiting: {
                            count: number;
                            oldestAgeSeconds: number;
                        };
                        /** @description The oldest transfer whose next step is a bank's. */
                        oldestOpen?: {
                            id: string;
                            /** @enum {unknown} */
                            state: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            ageSeconds: number;
                        };
                        /** @description Transfers that entered each state, a second, by block time, in the window that ends now. */
                        rates: {
                            windowSeconds: number;
                            perSecond: {
                                [key: string]: number;
                            };
                        };
                        /** @description Of the newest events: start (accepted to chain), debit, credit, refund, total (accepted to final). As this store saw them: after a rebuild they mean nothing until new transfers have come. */
                        durations: {
                            [key: string]: {
                                count: number;
                                p50Ms: number;
                                p95Ms: number;
                                p99Ms: number;
                            };
                        };
                        functions: {
                            name: string;
                            /** @description Events between its position and the newest that may be acted upon. */
                            behind: number;
                            /** @description Deliveries that failed and come again. */
                            waiting: number;
                            /** @description Deliveries that were given up. */
                            dead: number;
                            /** @description Of the deliveries that come again. */
                            maxAttempts: number;
                            disabled: boolean;
                        }[];
                        /** @description Whether a watcher holds the lease. */
                        watching: boolean;
                        blocks: {
                            head: string;
                            projected?: string;
                            behind?: number;
                        };
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getActivity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        time: string;
                        /** @description Of the newest event that is counted. Follow the events after it, and count on. */
                        sequence: string;
                        windowSeconds: number;
                        /** @description How many are in each state; none: left out. */
                        transfers: {
                            [key: string]: number;
                        };
                        /** @description How many transfers went from one state to another, in each second of the window. */
                        changes: {
                            /**
                             * Format: date-time
                             * @description The second, by block time.
                             */
                            time: string;
                            /** @enum {unknown} */
                            from: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            /** @enum {unknown} */
                            to: "NONE" | "STARTED" | "PENDING" | "COMPLETED" | "REJECTED" | "REVERSING" | "REVERSED" | "SUSPENDED";
                            count: number;
                        }[];
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getPositions: {
        parameters: {
            query: {
                /**
                 * @description A day by UTC, YYYY-MM-DD.
                 * @example 2026-11-21
                 */
                day: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description A day by UTC, YYYY-MM-DD.
                         * @example 2026-11-21
                         */
                        day: string;
                        positions: {
                            payer: {
                                /**
                                 * @description BIC8 (ISO 9362:2014).
                                 * @example FAASTHB1
                                 */
                                bank: string;
                            };
                            payee: {
                                /**
                                 * @description BIC8 (ISO 9362:2014).
                                 * @example FAASTHB1
                                 */
                                bank: string;
                            };
                            amount: {
                                /**
                                 * @description Minor units, a decimal string from 1 to 10^15.
                                 * @example 15000
                                 */
                                amount: string;
                                /**
                                 * @description ISO 4217 alphabetic code.
                                 * @example THB
                                 */
                                currency: string;
                            };
                            /** @description How many were completed. */
                            transfers: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listReconciliations: {
        parameters: {
            query: {
                /**
                 * @description A day by UTC, YYYY-MM-DD.
                 * @example 2026-11-21
                 */
                day: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description A day by UTC, YYYY-MM-DD.
                         * @example 2026-11-21
                         */
                        day: string;
                        reconciliations: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339.
                             */
                            comparedAt: string;
                            /** @description How many postings have each verdict. */
                            counts: {
                                [key: string]: number;
                            };
                            /** @description At most 1000; `counts` has them all. */
                            differences: {
                                /** @enum {unknown} */
                                verdict: "agreed" | "underway" | "missing" | "doubled" | "amount" | "unexplained";
                                /** @description As the bank has it, or is expected to. */
                                reference: string;
                                currency: string;
                                /** @description Minor units, a decimal string. */
                                chainAmount?: string;
                                /** @description Minor units, a decimal string. */
                                bankAmount?: string;
                                /** @description How often the bank has it. */
                                postings: number;
                            }[];
                        }[];
                        /** @description Banks whose statement of the day could not be compared the last time. */
                        failures: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339.
                             */
                            failedAt: string;
                            /** @description An error code; the log has the rest. */
                            code: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listBanks: {
        parameters: {
            query?: {
                /** @description `next` of the page before, asked for with the same filters. */
                cursor?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        banks: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            bank: string;
                            /** @description Whether transfers may start from and to it. */
                            active: boolean;
                            sealingKey: {
                                version: number;
                                /** @description X25519 (RFC 7748), 32 bytes in hex. */
                                publicKey: string;
                            };
                            /** @description Whether this deployment registers phone numbers for it. */
                            registersHere: boolean;
                        }[];
                        /** @description The cursor of the next page; absent on the last. */
                        next?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getBank: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description BIC8 (ISO 9362:2014). */
                bank: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description BIC8 (ISO 9362:2014).
                         * @example FAASTHB1
                         */
                        bank: string;
                        /** @description Whether transfers may start from and to it. */
                        active: boolean;
                        sealingKey: {
                            version: number;
                            /** @description X25519 (RFC 7748), 32 bytes in hex. */
                            publicKey: string;
                        };
                        /** @description Whether this deployment registers phone numbers for it. */
                        registersHere: boolean;
                    };
                };
            };
            401: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getClaim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                 * @example +66812345678
                 */
                phone: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                         * @example +66812345678
                         */
                        phone: string;
                        /**
                         * @description The bank that asks for the number.
                         * @example FAASTHB1
                         */
                        bank: string;
                        /**
                         * Format: date-time
                         * @description From then on the claim is void, unless it was granted.
                         */
                        lapsesAt: string;
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    openClaim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                 * @example +66812345678
                 */
                phone: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description BIC8 (ISO 9362:2014).
                     * @example FAASTHB1
                     */
                    bank: string;
                    /** @description 1 to 34 ASCII letters and digits; sealed to the bank. */
                    account: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                         * @example +66812345678
                         */
                        phone: string;
                        /**
                         * @description The bank that asks for the number.
                         * @example FAASTHB1
                         */
                        bank: string;
                        /**
                         * Format: date-time
                         * @description From then on the claim is void, unless it was granted.
                         */
                        lapsesAt: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    withdrawClaim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                 * @example +66812345678
                 */
                phone: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    confirmClaim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                 * @example +66812345678
                 */
                phone: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.
                         * @example +66812345678
                         */
                        phone: string;
                        /**
                         * @description BIC8 (ISO 9362:2014).
                         * @example FAASTHB1
                         */
                        bank: string;
                        /** @description Counts the changes of the entry, from 1. */
                        version: number;
                        transactionHash?: string;
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /** @description `next` of the page before, asked for with the same filters. */
                cursor?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        apiKeys: {
                            /** @description Names the key; no secret. */
                            id: string;
                            principal: string;
                            scopes: string[];
                            payers: "any" | {
                                banks: string[];
                                /** @description How many; numbers are not kept. */
                                phones: number;
                            };
                            /**
                             * Format: date-time
                             * @description RFC 3339.
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339. From then on the key is answered 401.
                             */
                            expiresAt?: string;
                        }[];
                        /** @description The cursor of the next page; absent on the last. */
                        next?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Whose the key is. Transfers are a principal's, whichever of its keys they were started with.
                     * @example shop
                     */
                    principal: string;
                    scopes: ("transfers:write" | "transfers:read" | "transfers:read-any" | "transfers:resolve" | "transfers:report-outcome" | "accounts:read" | "accounts:write" | "functions:read" | "functions:write" | "functions:invoke" | "api-keys:read" | "api-keys:read-any" | "api-keys:write" | "api-keys:write-any" | "stats:read")[];
                    /** @description Whom it may send for: anyone, the customers of banks, single numbers. For a bank, also register numbers for. */
                    payers: "any" | {
                        banks?: string[];
                        phones?: string[];
                    };
                    /** @description RFC 3339. From then on the key is answered 401. No later than the caller's own. */
                    expiresAt?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Names the key; no secret. */
                        id: string;
                        principal: string;
                        scopes: string[];
                        payers: "any" | {
                            banks: string[];
                            /** @description How many; numbers are not kept. */
                            phones: number;
                        };
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        createdAt: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339. From then on the key is answered 401.
                         */
                        expiresAt?: string;
                        /** @description The key itself. It is shown this once: only its hash is kept. */
                        key: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Names the key; no secret. */
                        id: string;
                        principal: string;
                        scopes: string[];
                        payers: "any" | {
                            banks: string[];
                            /** @description How many; numbers are not kept. */
                            phones: number;
                        };
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        createdAt: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339. From then on the key is answered 401.
                         */
                        expiresAt?: string;
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deleteApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is no key any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    rotateApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description How long the old key stays good beside the new one.
                     * @example 86400
                     */
                    overlapSeconds: number;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Names the key; no secret. */
                        id: string;
                        principal: string;
                        scopes: string[];
                        payers: "any" | {
                            banks: string[];
                            /** @description How many; numbers are not kept. */
                            phones: number;
                        };
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        createdAt: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339. From then on the key is answered 401.
                         */
                        expiresAt?: string;
                        /** @description The key itself. It is shown this once: only its hash is kept. */
                        key: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listFunctions: {
        parameters: {
            query?: {
                /** @description `next` of the page before, asked for with the same filters. */
                cursor?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        functions: {
                            name: string;
                            /** @description The principal that registered it; absent for the deployment's own. */
                            owner?: string;
                            /** @description Where its events are posted. */
                            url?: string;
                            /** @description What handles its events. */
                            module?: {
                                /** @description SHA-256 of the module's code. */
                                digest: string;
                            };
                            types: string[];
                            filter: {
                                /**
                                 * @description BIC8 (ISO 9362:2014).
                                 * @example FAASTHB1
                                 */
                                payerBank?: string;
                                /**
                                 * @description BIC8 (ISO 9362:2014).
                                 * @example FAASTHB1
                                 */
                                payeeBank?: string;
                                /**
                                 * @description ISO 4217 alphabetic code.
                                 * @example THB
                                 */
                                currency?: string;
                                /** @description Whose transfers. The caller's own, unless its key has `transfers:read-any`: then everybody's without it. */
                                principal?: string;
                            };
                            /** @description Events in one request. */
                            batchSize: number;
                            /** @description Requests at once. */
                            concurrency: number;
                            /** @description 40 tries, from 200 ms to 4 minutes apart, without it. */
                            retry?: {
                                /** @description Tries before a delivery is given up. */
                                maxAttempts: number;
                                /** @description The first pause; each is twice the one before. */
                                firstRetryMs: number;
                                /** @description The longest pause. */
                                maxRetryMs: number;
                            };
                            enabled: boolean;
                            /** @description Why it is out of service; absent while it is in. */
                            disabledReason?: string;
                            /** @description Every matching event up to this sequence was delivered, or waits, or is dead. */
                            position?: string;
                            /** @description Matching events after the position. */
                            behind: number;
                            /** @description Deliveries that come again. */
                            waiting: number;
                            /** @description Deliveries that were given up. */
                            dead: number;
                            /**
                             * Format: date-time
                             * @description When the event of the oldest of them was seen.
                             */
                            oldestWaitingAt?: string;
                            lastError?: string;
                            /** @description Its newest requests, at most 200: how many, how many were not answered 2xx, and how long answers took. */
                            recent?: {
                                count: number;
                                failed: number;
                                p50Ms: number;
                                p95Ms: number;
                                p99Ms: number;
                            };
                            /**
                             * Format: date-time
                             * @description Until then the secret before signs too.
                             */
                            previousSecretUntil?: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339.
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339.
                             */
                            updatedAt: string;
                        }[];
                        /** @description The cursor of the next page; absent on the last. */
                        next?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    createFunction: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Lower-case letters, digits and hyphens.
                     * @example premiums
                     */
                    name: string;
                    /** @description Which events wake it. A module's own `on` without them. */
                    types?: ("eventmachine.transfer.started" | "eventmachine.transfer.pending" | "eventmachine.transfer.completed" | "eventmachine.transfer.rejected" | "eventmachine.transfer.reversing" | "eventmachine.transfer.reversed" | "eventmachine.transfer.suspended" | "eventmachine.transfer.resolution-proposed" | "eventmachine.transfer.resolution-withdrawn" | "eventmachine.transfer.resolved" | "eventmachine.transfer.outcome-proposed" | "eventmachine.transfer.outcome-withdrawn" | "eventmachine.transfer.outcome-confirmed")[];
                    /** @description What is left out filters nothing. */
                    filter?: {
                        /**
                         * @description BIC8 (ISO 9362:2014).
                         * @example FAASTHB1
                         */
                        payerBank?: string;
                        /**
                         * @description BIC8 (ISO 9362:2014).
                         * @example FAASTHB1
                         */
                        payeeBank?: string;
                        /**
                         * @description ISO 4217 alphabetic code.
                         * @example THB
                         */
                        currency?: string;
                        /** @description Whose transfers. The caller's own, unless its key has `transfers:read-any`: then everybody's without it. */
                        principal?: string;
                    };
                    /**
                     * @description Where its events are posted: http or https, at a public address. Either this or `module`.
                     * @example https://insurer.example/lease-events
                     */
                    url?: string;
                    /** @description What handles its events, in a process of its own. */
                    module?: {
                        /** @description TypeScript: `export default defineFunction({ on, handle })`. One file; types are stripped, not checked. */
                        source: string;
                    };
                    /** @description Events in one request; 100 without it, 10 for a module. */
                    batchSize?: number;
                    /** @description Requests at once; 2 without it, 1 for a module. */
                    concurrency?: number;
                    /** @description 40 tries, from 200 ms to 4 minutes apart, without it. */
                    retry?: {
                        /** @description Tries before a delivery is given up. */
                        maxAttempts: number;
                        /** @description The first pause; each is twice the one before. */
                        firstRetryMs: number;
                        /** @description The longest pause. */
                        maxRetryMs: number;
                    };
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description The principal that registered it; absent for the deployment's own. */
                        owner?: string;
                        /** @description Where its events are posted. */
                        url?: string;
                        /** @description What handles its events. */
                        module?: {
                            /** @description SHA-256 of the module's code. */
                            digest: string;
                        };
                        types: string[];
                        filter: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            payerBank?: string;
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            payeeBank?: string;
                            /**
                             * @description ISO 4217 alphabetic code.
                             * @example THB
                             */
                            currency?: string;
                            /** @description Whose transfers. The caller's own, unless its key has `transfers:read-any`: then everybody's without it. */
                            principal?: string;
                        };
                        /** @description Events in one request. */
                        batchSize: number;
                        /** @description Requests at once. */
                        concurrency: number;
                        /** @description 40 tries, from 200 ms to 4 minutes apart, without it. */
                        retry?: {
                            /** @description Tries before a delivery is given up. */
                            maxAttempts: number;
                            /** @description The first pause; each is twice the one before. */
                            firstRetryMs: number;
                            /** @description The longest pause. */
                            maxRetryMs: number;
                        };
                        enabled: boolean;
                        /** @description Why it is out of service; absent while it is in. */
                        disabledReason?: string;
                        /** @description Every matching event up to this sequence was delivered, or waits, or is dead. */
                        position?: string;
                        /** @description Matching events after the position. */
                        behind: number;
                        /** @description Deliveries that come again. */
                        waiting: number;
                        /** @description Deliveries that were given up. */
                        dead: number;
                        /**
                         * Format: date-time
                         * @description When the event of the oldest of them was seen.
                         */
                        oldestWaitingAt?: string;
                        lastError?: string;
                        /** @description Its newest requests, at most 200: how many, how many were not answered 2xx, and how long answers took. */
                        recent?: {
                            count: number;
                            failed: number;
                            p50Ms: number;
                            p95Ms: number;
                            p99Ms: number;
                        };
                        /**
                         * Format: date-time
                         * @description Until then the secret before signs too.
                         */
                        previousSecretUntil?: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        createdAt: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        updatedAt: string;
                        /**
                         * @description What signs its requests (Standard Webhooks). It is shown this once.
                         * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
                         */
                        secret: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getFunction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The function's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description The principal that registered it; absent for the deployment's own. */
                        owner?: string;
                        /** @description Where its events are posted. */
                        url?: string;
                        /** @description What handles its events. */
                        module?: {
                            /** @description SHA-256 of the module's code. */
                            digest: string;
                        };
                        types: string[];
                        filter: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            payerBank?: string;
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            payeeBank?: string;
                            /**
                             * @description ISO 4217 alphabetic code.
                             * @example THB
                             */
                            currency?: string;
                            /** @description Whose transfers. The caller's own, unless its key has `transfers:read-any`: then everybody's without it. */
                            principal?: string;
                        };
                        /** @description Events in one request. */
                        batchSize: number;
                        /** @description Requests at once. */
                        concurrency: number;
                        /** @description 40 tries, from 200 ms to 4 minutes apart, without it. */
                        retry?: {
                            /** @description Tries before a delivery is given up. */
                            maxAttempts: number;
                            /** @description The first pause; each is twice the one before. */
                            firstRetryMs: number;
                            /** @description The longest pause. */
                            maxRetryMs: number;
                        };
                        enabled: boolean;
                        /** @description Why it is out of service; absent while it is in. */
                        disabledReason?: string;
                        /** @description Every matching event up to this sequence was delivered, or waits, or is dead. */
                        position?: string;
                        /** @description Matching events after the position. */
                        behind: number;
                        /** @description Deliveries that come again. */
                        waiting: number;
                        /** @description Deliveries that were given up. */
                        dead: number;
                        /**
                         * Format: date-time
                         * @description When the event of the oldest of them was seen.
                         */
                        oldestWaitingAt?: string;
                        lastError?: string;
                        /** @description Its newest requests, at most 200: how many, how many were not answered 2xx, and how long answers took. */
                        recent?: {
                            count: number;
                            failed: number;
                            p50Ms: number;
                            p95Ms: number;
                            p99Ms: number;
                        };
                        /**
                         * Format: date-time
                         * @description Until then the secret before signs too.
                         */
                        previousSecretUntil?: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        createdAt: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        updatedAt: string;
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deleteFunction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The function's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is woken no more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    updateFunction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The function's name. */
                name: string;
            };
            cookie?: never;
        };
        /** @description What is left out stays. `filter` and `retry` are replaced whole. */
        requestBody: {
            content: {
                "application/json": {
                    /** @description Which events wake it. A module's own `on` without them. */
                    types?: ("eventmachine.transfer.started" | "eventmachine.transfer.pending" | "eventmachine.transfer.completed" | "eventmachine.transfer.rejected" | "eventmachine.transfer.reversing" | "eventmachine.transfer.reversed" | "eventmachine.transfer.suspended" | "eventmachine.transfer.resolution-proposed" | "eventmachine.transfer.resolution-withdrawn" | "eventmachine.transfer.resolved" | "eventmachine.transfer.outcome-proposed" | "eventmachine.transfer.outcome-withdrawn" | "eventmachine.transfer.outcome-confirmed")[];
                    /** @description What is left out filters nothing. */
                    filter?: {
                        /**
                         * @description BIC8 (ISO 9362:2014).
                         * @example FAASTHB1
                         */
                        payerBank?: string;
                        /**
                         * @description BIC8 (ISO 9362:2014).
                         * @example FAASTHB1
                         */
                        payeeBank?: string;
                        /**
                         * @description ISO 4217 alphabetic code.
                         * @example THB
                         */
                        currency?: string;
                        /** @description Whose transfers. The caller's own, unless its key has `transfers:read-any`: then everybody's without it. */
                        principal?: string;
                    };
                    /**
                     * @description Where its events are posted: http or https, at a public address. Either this or `module`.
                     * @example https://insurer.example/lease-events
                     */
                    url?: string;
                    /** @description What handles its events, in a process of its own. */
                    module?: {
                        /** @description TypeScript: `export default defineFunction({ on, handle })`. One file; types are stripped, not checked. */
                        source: string;
                    };
                    /** @description Events in one request; 100 without it, 10 for a module. */
                    batchSize?: number;
                    /** @description Requests at once; 2 without it, 1 for a module. */
                    concurrency?: number;
                    /** @description 40 tries, from 200 ms to 4 minutes apart, without it. */
                    retry?: {
                        /** @description Tries before a delivery is given up. */
                        maxAttempts: number;
                        /** @description The first pause; each is twice the one before. */
                        firstRetryMs: number;
                        /** @description The longest pause. */
                        maxRetryMs: number;
                    };
                    /** @description Takes it out of service, or puts it back. */
                    enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description The principal that registered it; absent for the deployment's own. */
                        owner?: string;
                        /** @description Where its events are posted. */
                        url?: string;
                        /** @description What handles its events. */
                        module?: {
                            /** @description SHA-256 of the module's code. */
                            digest: string;
                        };
                        types: string[];
                        filter: {
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            payerBank?: string;
                            /**
                             * @description BIC8 (ISO 9362:2014).
                             * @example FAASTHB1
                             */
                            payeeBank?: string;
                            /**
                             * @description ISO 4217 alphabetic code.
                             * @example THB
                             */
                            currency?: string;
                            /** @description Whose transfers. The caller's own, unless its key has `transfers:read-any`: then everybody's without it. */
                            principal?: string;
                        };
                        /** @description Events in one request. */
                        batchSize: number;
                        /** @description Requests at once. */
                        concurrency: number;
                        /** @description 40 tries, from 200 ms to 4 minutes apart, without it. */
                        retry?: {
                            /** @description Tries before a delivery is given up. */
                            maxAttempts: number;
                            /** @description The first pause; each is twice the one before. */
                            firstRetryMs: number;
                            /** @description The longest pause. */
                            maxRetryMs: number;
                        };
                        enabled: boolean;
                        /** @description Why it is out of service; absent while it is in. */
                        disabledReason?: string;
                        /** @description Every matching event up to this sequence was delivered, or waits, or is dead. */
                        position?: string;
                        /** @description Matching events after the position. */
                        behind: number;
                        /** @description Deliveries that come again. */
                        waiting: number;
                        /** @description Deliveries that were given up. */
                        dead: number;
                        /**
                         * Format: date-time
                         * @description When the event of the oldest of them was seen.
                         */
                        oldestWaitingAt?: string;
                        lastError?: string;
                        /** @description Its newest requests, at most 200: how many, how many were not answered 2xx, and how long answers took. */
                        recent?: {
                            count: number;
                            failed: number;
                            p50Ms: number;
                            p95Ms: number;
                            p99Ms: number;
                        };
                        /**
                         * Format: date-time
                         * @description Until then the secret before signs too.
                         */
                        previousSecretUntil?: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        createdAt: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        updatedAt: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getFunctionSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The function's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        digest: string;
                        source: string;
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listFunctionDeliveries: {
        parameters: {
            query?: {
                /** @description Both without it. */
                status?: "waiting" | "dead";
                /**
                 * @description The sequence of an event: a whole number, at most 18 digits.
                 * @example 0
                 */
                after?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path: {
                /** @description The function's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deliveries: {
                            sequence: string;
                            transfer: string;
                            type?: string;
                            /** @enum {unknown} */
                            status: "waiting" | "dead";
                            attempts: number;
                            /**
                             * Format: date-time
                             * @description Of one that waits.
                             */
                            nextAttemptAt?: string;
                            /**
                             * Format: date-time
                             * @description When it became a dead letter; of one that is dead.
                             */
                            givenUpAt?: string;
                            /** @description How often the watcher has given a dead letter its tries again by itself, because its transfer was still open. The pause before it doubles each time. */
                            revivals: number;
                            lastError?: string;
                        }[];
                        /** @description Ask for the next page with it as `after`; absent on the last. */
                        next?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listFunctionRequests: {
        parameters: {
            query?: {
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path: {
                /** @description The function's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        requests: {
                            /**
                             * Format: date-time
                             * @description RFC 3339.
                             */
                            at: string;
                            events: number;
                            /** @enum {unknown} */
                            outcome: "answered" | "retry" | "refused" | "gone";
                            durationMs: number;
                            error?: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    rotateFunctionSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The function's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description How long the old secret signs beside the new one.
                     * @example 86400
                     */
                    overlapSeconds: number;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description What signs its requests (Standard Webhooks). It is shown this once.
                         * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
                         */
                        secret: string;
                        /**
                         * Format: date-time
                         * @description Until then the secret before signs too.
                         */
                        previousSecretUntil: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    replayFunction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The function's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description One dead letter; all of the function's without it.
                     * @example 0
                     */
                    sequence?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description How many are delivered again. */
                        replayed: number;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listInvocations: {
        parameters: {
            query?: {
                /** @description `next` of the page before, asked for with the same filters. */
                cursor?: string;
                /**
                 * @description The most that one page holds, a whole number from 1 to 100; 100 without it.
                 * @example 20
                 */
                limit?: string;
            };
            header?: never;
            path: {
                /** @description The function's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        invocations: {
                            id: string;
                            function: string;
                            /** @enum {unknown} */
                            status: "waiting" | "succeeded" | "failed";
                            attempts: number;
                            /** @description What the function returned, or answered. Once it has succeeded. */
                            output?: unknown;
                            /** @description What a module wrote to its console. */
                            logs?: string[];
                            /** @description Why it failed, or why it is tried again. */
                            error?: string;
                            durationMs?: number;
                            /**
                             * Format: date-time
                             * @description RFC 3339.
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339.
                             */
                            finishedAt?: string;
                        }[];
                        /** @description The cursor of the next page; absent on the last. */
                        next?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    invokeFunction: {
        parameters: {
            query?: never;
            header?: {
                /** @description RFC 7240. `wait=<seconds>`, at most 60: hold the answer until it has ended. `respond-async`: 202 at once, or after `wait`. */
                prefer?: string;
            };
            path: {
                /** @description The function's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Any JSON: the event's `data`.
                     * @example {
                     *       "policy": "4711"
                     *     }
                     */
                    input: unknown;
                };
            };
        };
        responses: {
            /** @description It has ended, within the time that `Prefer: wait` gave */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        function: string;
                        /** @enum {unknown} */
                        status: "waiting" | "succeeded" | "failed";
                        attempts: number;
                        /** @description What the function returned, or answered. Once it has succeeded. */
                        output?: unknown;
                        /** @description What a module wrote to its console. */
                        logs?: string[];
                        /** @description Why it failed, or why it is tried again. */
                        error?: string;
                        durationMs?: number;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        createdAt: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        finishedAt?: string;
                    };
                };
            };
            /** @description Accepted, durably; ask for it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        function: string;
                        /** @enum {unknown} */
                        status: "waiting" | "succeeded" | "failed";
                        attempts: number;
                        /** @description What the function returned, or answered. Once it has succeeded. */
                        output?: unknown;
                        /** @description What a module wrote to its console. */
                        logs?: string[];
                        /** @description Why it failed, or why it is tried again. */
                        error?: string;
                        durationMs?: number;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        createdAt: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        finishedAt?: string;
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getInvocation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The function's name. */
                name: string;
                /** @description The invocation's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        function: string;
                        /** @enum {unknown} */
                        status: "waiting" | "succeeded" | "failed";
                        attempts: number;
                        /** @description What the function returned, or answered. Once it has succeeded. */
                        output?: unknown;
                        /** @description What a module wrote to its console. */
                        logs?: string[];
                        /** @description Why it failed, or why it is tried again. */
                        error?: string;
                        durationMs?: number;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        createdAt: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339.
                         */
                        finishedAt?: string;
                    };
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
}
