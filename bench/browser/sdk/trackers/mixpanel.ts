/** Mixpanel with its autocapture, which takes page views and clicks. */

import mixpanel from "mixpanel-browser";
import { cart, endpoint, measure } from "./shared";

mixpanel.init("benchmark", {
  api_host: endpoint("mixpanel"),
  autocapture: true,
  // Plain JSON: cheaper than its default, which adds base64.
  api_payload_format: "json",
});

measure((index) => mixpanel.track("add_to_cart", cart(index)));
