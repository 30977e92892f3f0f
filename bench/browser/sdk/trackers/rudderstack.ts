/** RudderStack without destinations, with its plugins in the bundle instead of fetched later on. It captures no clicks. */

import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";
import { endpoint, item, measure } from "./shared";

const analytics = new RudderAnalytics();
analytics.load("benchmark", endpoint("rudderstack"), {
  configUrl: endpoint("rudderstack"),
  destSDKBaseURL: endpoint("rudderstack"),
  loadIntegration: false,
});
analytics.page();

measure((index) => {
  const { item_id, item_name, item_brand, item_category, price, quantity } = item(index);
  analytics.track("Product Added", {
    product_id: item_id,
    name: item_name,
    brand: item_brand,
    category: item_category,
    price,
    quantity,
    value: 71.58,
    currency: "EUR",
  });
});
