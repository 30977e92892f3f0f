/** What `desirepath-analyzer` exports: the client, and the types of what is asked and answered. */
export type * from "../src/generated";
export {
  type DataSource,
  Dataset,
  inspectFile,
  localEvents,
  type OpenOptions,
  openDataset,
  type Progress,
  type ReportOf,
  type RunOptions,
} from "../src/client";
