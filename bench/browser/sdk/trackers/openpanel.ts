/** OpenPanel with everything that its documentation switches on. It captures outgoing links, not clicks in general. */

import { OpenPanel } from "@openpanel/web";
import { cart, endpoint, measure } from "./shared";

const panel = new OpenPanel({
  clientId: "benchmark",
  apiUrl: endpoint("openpanel"),
  trackScreenViews: true,
  trackOutgoingLinks: true,
  trackAttributes: true,
});

measure((index) => void panel.track("add_to_cart", cart(index)));
