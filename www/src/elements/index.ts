/**
 * The elements that a page embeds with one script: `<script type="module" src="/elements.js"></script>`. Also the
 * client, for pages that build their own views.
 */
export * from "../client";
export { DesireFunnel } from "./funnel";
export { DesirePaths } from "./paths";
export { DesireCarts } from "./carts";
export { DesireExactPaths } from "./exact-paths";
export { DesireFriction } from "./friction";
export { DesireStepMatrix } from "./step-matrix";
export { DesireTransitions } from "./transitions";
