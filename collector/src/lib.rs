//! Takes batches from the SDK, keeps them durably, and gives them back as NDJSON and Parquet.
