/** Plausible with all its automatic captures. It has no items: the call carries them flattened, as strings. */

import { init, track } from "@plausible-analytics/tracker";
import { endpoint, item, measure } from "./shared";

init({
  domain: "shop.example",
  endpoint: endpoint("plausible"),
  captureOnLocalhost: true,
  outboundLinks: true,
  fileDownloads: true,
  formSubmissions: true,
});

measure((index) => {
  const { item_id, item_name, item_brand, item_category, price, quantity } = item(index);
  track("add_to_cart", {
    props: { item_id, item_name, item_brand, item_category, price: String(price), quantity: String(quantity) },
    revenue: { amount: 71.58, currency: "EUR" },
  });
});
