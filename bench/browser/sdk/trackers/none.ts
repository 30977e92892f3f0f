/** No tracker: what the page itself costs, which is taken off every other row. */

import { measure } from "./shared";

measure(() => {});
