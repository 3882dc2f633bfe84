import { answerOf, type CallOptions, segment, type Transport } from "./transport.js";
import type { Claim, NewClaim, NewPhoneAccount, PhoneAccount, PhoneAccountChange } from "./types.js";

/**
 * Which bank holds which phone number (E.164 form). Writes are on the chain once they resolve. `register`, `openClaim` and
 * `confirmClaim` are not tried again by themselves.
 */
export interface PhoneAccounts {
  /** @throws ApiError `conflict` where a bank holds the number already, `forbidden`, `invalid-phone`, … */
  register(account: NewPhoneAccount, options?: CallOptions): Promise<PhoneAccount>;
  /** Looks a number up. Few are allowed a minute. @throws ApiError `not-found`, `too-many-requests`, … */
  get(phone: string, options?: CallOptions): Promise<PhoneAccount>;
  /** Another account at the same bank. */
  update(phone: string, change: PhoneAccountChange, options?: CallOptions): Promise<PhoneAccount>;
  /** Gives the number up. */
  release(phone: string, options?: CallOptions): Promise<void>;
  /** Asks for a number that another bank holds. */
  openClaim(phone: string, claim: NewClaim, options?: CallOptions): Promise<Claim>;
  getClaim(phone: string, options?: CallOptions): Promise<Claim>;
  withdrawClaim(phone: string, options?: CallOptions): Promise<void>;
  /** Grants the open claim, as the bank that holds the number. */
  confirmClaim(phone: string, options?: CallOptions): Promise<PhoneAccount>;
}

export function createPhoneAccounts({ api, call }: Transport): PhoneAccounts {
  const of = (phone: string) => ({ params: { path: { phone: segment("phone number", phone) } } });
  return {
    register: async (body, options) => await answerOf(api.POST("/v1/phone-accounts", { body, ...call(options) })),
    get: async (phone, options) => await answerOf(api.GET("/v1/phone-accounts/{phone}", { ...of(phone), ...call(options) })),
    update: async (phone, body, options) =>
      await answerOf(api.PUT("/v1/phone-accounts/{phone}", { ...of(phone), body, ...call(options) })),
    release: async (phone, options) =>
      await answerOf(api.DELETE("/v1/phone-accounts/{phone}", { ...of(phone), ...call(options) })),
    openClaim: async (phone, body, options) =>
      await answerOf(api.POST("/v1/phone-accounts/{phone}/claim", { ...of(phone), body, ...call(options) })),
    getClaim: async (phone, options) =>
      await answerOf(api.GET("/v1/phone-accounts/{phone}/claim", { ...of(phone), ...call(options) })),
    withdrawClaim: async (phone, options) =>
      await answerOf(api.DELETE("/v1/phone-accounts/{phone}/claim", { ...of(phone), ...call(options) })),
    confirmClaim: async (phone, options) =>
      await answerOf(api.POST("/v1/phone-accounts/{phone}/claim/confirmation", { ...of(phone), ...call(options) })),
  };
}
