/** Ours is a script tag: the page has it, and this only names the call. */

import { cart, measure } from "./shared";

declare const desirepath: { track(name: string, params: object): void };

measure((index) => desirepath.track("add_to_cart", cart(index)));
