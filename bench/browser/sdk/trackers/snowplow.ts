/** Snowplow's core, without plugins: page views and self-describing events. It captures no clicks without a plugin. */

import { newTracker, trackPageView, trackSelfDescribingEvent } from "@snowplow/browser-tracker";
import { endpoint, item, measure } from "./shared";

newTracker("shop", endpoint("snowplow"), { appId: "shop" });
trackPageView();

measure((index) => {
  const { item_id, item_name, item_brand, item_category, price, quantity } = item(index);
  trackSelfDescribingEvent({
    event: {
      schema: "iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2",
      data: { type: "add_to_cart" },
    },
    context: [
      {
        schema: "iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0",
        data: {
          id: item_id,
          name: item_name,
          brand: item_brand,
          category: item_category,
          price,
          quantity,
          currency: "EUR",
        },
      },
      {
        schema: "iglu:com.snowplowanalytics.snowplow.ecommerce/cart/jsonschema/1-0-0",
        data: { total_value: 71.58, currency: "EUR" },
      },
    ],
  });
});
