/** PostHog as its documentation installs it from npm: page views and autocapture of clicks. */

import posthog from "posthog-js";
import { cart, endpoint, measure } from "./shared";

posthog.init("phc_benchmark", {
  api_host: endpoint("posthog"),
  // One call follows another here more quickly than a visitor acts; the limit would drop them.
  rate_limiting: { events_per_second: 10_000, events_burst_limit: 100_000 },
  opt_out_useragent_filter: true,
});

measure((index) => posthog.capture("add_to_cart", cart(index)));
