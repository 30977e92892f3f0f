/** What `desirepath-analyzer` exports: the client, and the types of what is asked and answered. */
export type * from "../src/generated";
export * from "../src/client";
// The engine has a type of this name too.
export type { Progress } from "../src/client";
