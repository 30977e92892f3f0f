/**
 * A reminder of what lies in the cart: when nothing has happened on the page for a minute, and when the visitor is about
 * to leave. The tracker notices the moment in the page; no server is asked. Without the tracker there is no reminder.
 */
import { count, lines } from "./cart.ts";
import { html } from "./html.ts";
import { href } from "./routes.ts";
import { whenLoaded } from "./track.ts";
import type { Place } from "./views/page.ts";

/** Pages on which the cart is before the visitor's eyes. */
const SPARED = ["cart", "checkout", "thanks"];

/** Reminds once a session in each of both moments; `here` tells which page is shown then. */
export function remind(here: () => Place): void {
  whenLoaded(({ on, track }) => {
    const show = ({ event }: { event: string }) => {
      const { mode, route } = here();
      const things = count(lines());
      if (things === 0 || SPARED.includes(route.page)) return;
      document.querySelector("[data-reminder]")?.remove();
      const box = document.createElement("aside");
      box.className = "reminder";
      box.dataset.reminder = "";
      box.dataset.testid = "reminder";
      box.setAttribute("role", "status");
      box.innerHTML = html`
        <p>${things === 1 ? "One thing waits" : `${things} things wait`} in your cart. It stays as it is until you come back.</p>
        <a href="${href(mode, { page: "cart" })}">See the cart</a>
        <button type="button" class="quiet" data-action="close-reminder">Not now</button>`.text;
      document.body.append(box);
      track("cart_reminder", { moment: event });
    };
    on({ idle: 60, cart: "filled", once: "session" }, show);
    on({ exit: true, cart: "filled", once: "session" }, show);
  });
}
