/** The types of options, events and their parameters. Each kind of event and each property is that of event.rs. */

/** How the tracker is set up: the script tag's `data-*` attributes, without `data-` and in camel case. */
export type Options = {
  /** Where batches are posted. */
  endpoint?: string;
  /** The site's id. */
  site: string;
  /** Query parameters that stay in addresses, beside those that mark campaigns. */
  query?: string | string[];
  /** Also read a GA4 data layer; `true` for `dataLayer`, or its name. */
  datalayer?: boolean | string;
  /** Show in the console what the tracker sees and does. */
  debug?: boolean;
  /** What the visitor allows before they are asked; granted when absent. */
  consent?: "granted" | "denied" | "pending" | (string & {});
  /** `local` keeps every event in the browser. */
  mode?: "local" | (string & {});
  /** Shows every event before it is kept or sent; it may change it, or refuse it with null. */
  beforeSend?: (event: any) => any;
  /** Where the WebAssembly file is, for bundlers that don't find it by themselves. */
  wasm?: string | URL;
} & Record<string, unknown>;

/** Properties of the shop's own. */
export type Props = Record<string, string | number | boolean | null | undefined>;

/** A product, in GA4's fields. */
export type Item = {
  item_id?: string | number;
  item_name?: string;
  item_brand?: string;
  item_category?: string;
  item_category2?: string;
  item_category3?: string;
  item_category4?: string;
  item_category5?: string;
  item_variant?: string;
  coupon?: string;
  item_list_id?: string;
  item_list_name?: string;
  price?: number | string;
  discount?: number | string;
  quantity?: number;
  index?: number;
};

/** Parameters of any event: products, their sum, and properties. */
export type Params = {
  items?: Item[];
  /** Sum of price × quantity, without shipping and tax. */
  value?: number | string;
  /** ISO 4217: three capital letters. */
  currency?: string;
  [property: string]: string | number | boolean | null | undefined | Item[];
};

type With<Known> = Params & Partial<Known>;
type List = With<{ item_list_id: string; item_list_name: string }>;
type Cart = With<{ cart_id: string }>;
type Order = With<{ transaction_id: string; shipping: number; tax: number; coupon: string }>;
type Promotion = With<{
  promotion_id: string;
  promotion_name: string;
  creative_name: string;
  creative_slot: string;
}>;
type Search = With<{ search_term: string; results: number }>;
type Method = With<{ method: string }>;

/** Events that a shop reports, and their parameters. */
export type EventParams = {
  view_item_list: List;
  select_item: List;
  view_item: Params;
  add_to_cart: Cart;
  remove_from_cart: Cart;
  view_cart: Cart;
  add_to_wishlist: Params;
  begin_checkout: With<{ cart_id: string; coupon: string }>;
  add_shipping_info: With<{ cart_id: string; shipping_tier: string; coupon: string }>;
  add_payment_info: With<{ cart_id: string; payment_type: string; coupon: string }>;
  purchase: Order & Cart;
  refund: Order;
  view_promotion: Promotion;
  select_promotion: Promotion;
  search: Search;
  view_search_results: Search;
  login: Method;
  sign_up: Method;
  generate_lead: Method;
  share: Method;
  payment_error: With<{ code: string; severity: "hard" | "soft"; resolution: string; payment_type: string }>;
  survey_response: With<{ survey: string; score: number; comment: string }>;
  experiment_exposure: With<{ experiment: string; variant: string }>;
  not_found: Params;
};

/** A name with parameters of its own. */
export type EventName = keyof EventParams;
