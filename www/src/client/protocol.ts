/** What the page's thread and the worker say to each other. Every question has a number; its answers carry the same. */
import type { ImportOptions } from "../generated/ImportOptions";
import type { Inspection } from "../generated/Inspection";
import type { Rejections } from "../generated/Rejections";
import type { Report } from "../generated/Report";
import type { Request } from "../generated/Request";
import type { Summary } from "../generated/Summary";

/** An address that the worker fetches, and what it sends along. */
export interface Address {
  readonly kind: "url";
  readonly url: string;
  readonly headers: readonly [name: string, value: string][];
}

/** Where bytes come from: a file that a person chose, or an address; and how texts in it are encoded, where not as UTF-8. */
export type Source = ({ readonly kind: "blob"; readonly blob: Blob; readonly name: string } | Address) & {
  readonly encoding?: string | undefined;
};

/** A file of an archive. */
export interface ArchiveFile {
  /** Its path, behind the archive's name: `only` of `openDataset` takes it. */
  readonly name: string;
  /** Whether what was seen of the archive holds for it too: its columns are the same, or their mapping. */
  readonly isAlike: boolean;
}

/** What a file seems to be; of an archive with several, what one of them is. */
export interface FileInspection extends Inspection {
  /** The files of an archive with several. */
  readonly files?: readonly ArchiveFile[];
}

export type Question =
  | { readonly ask: "inspect"; readonly source: Source }
  | {
      readonly ask: "open";
      readonly sources: readonly Source[];
      /** Of archives, only the files of these names. */
      readonly only: readonly string[] | undefined;
      readonly options: ImportOptions;
      readonly live: boolean;
    }
  /** More events for data that was opened live. */
  | { readonly ask: "append"; readonly source: Source }
  /** A share of the people as bytes, for `adopt` of another worker. */
  | { readonly ask: "share"; readonly share: number; readonly of: number }
  | { readonly ask: "adopt"; readonly bytes: Uint8Array }
  /** The answer, to which as many other workers as `others` add what they have found. */
  | { readonly ask: "run"; readonly request: Request; readonly others: number }
  /** What a worker's share adds to the answer. */
  | { readonly ask: "scan"; readonly request: Request }
  /** What another worker has found, for the question `target`. */
  | { readonly ask: "add"; readonly target: number; readonly found: Uint8Array }
  | { readonly ask: "cancel"; readonly target: number };

export type Asked = Question & { readonly id: number };

/** How far a question has come. */
export interface Progress {
  /** Share that is done, from 0 to 1; `null` where the whole is unknown. */
  readonly fraction: number | null;
  /** Rows read so far, while opening. */
  readonly rows?: number;
  /** Rows that could not be used so far, while opening. */
  readonly rejected?: number;
}

export interface Opened {
  readonly summary: Summary;
  readonly rejections: Rejections;
  /** Where the collector's log ended, if the last source is an export. */
  readonly position: string | undefined;
}

export type Result = FileInspection | Opened | Report | Uint8Array | null;

export type Answer =
  /** The worker has a lock of this name for as long as it lives. */
  | { readonly lock: string }
  | { readonly id: number; readonly progress: Progress }
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: string }
  | { readonly id: number; readonly cancelled: true };
