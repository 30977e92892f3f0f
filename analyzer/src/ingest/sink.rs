//! Where rows go: into the dataset, or onto the list of rejected ones.

use std::fmt::Display;

use super::rejections::Rejections;
use super::time::TimeZones;
use crate::dataset::{Batch, DatasetBuilder, RowError};
use crate::row::Row;

/// The end of every reader.
pub(super) struct Sink {
    pub(super) builder: DatasetBuilder,
    pub(super) rejections: Rejections,
    /// Rows taken, of all files.
    pub(super) n_rows: u64,
    /// The file being read, for the list of rejected rows.
    pub(super) file: Option<String>,
    /// The zones that texts name.
    pub(super) time_zones: TimeZones,
}

impl Sink {
    pub(super) fn new(builder: DatasetBuilder, time_zones: TimeZones) -> Self {
        Self {
            builder,
            rejections: Rejections::default(),
            n_rows: 0,
            file: None,
            time_zones,
        }
    }

    /// Hands a row to the dataset. An event that was there before counts as taken: the dataset drops and
    /// counts it.
    pub(super) fn take(&mut self, row: &Row<'_>) -> Result<(), RowError> {
        self.builder.push(row)?;
        self.n_rows += 1;
        Ok(())
    }

    /// Hands the next line of an order to the dataset: the items of `row` join the event that was taken last.
    pub(super) fn take_line(&mut self, row: &Row<'_>, is_summed: bool) -> Result<(), RowError> {
        self.builder.push_line(row, is_summed)?;
        self.n_rows += 1;
        Ok(())
    }

    /// Hands many rows to the dataset: all, or, where one of them cannot become an event, none.
    pub(super) fn take_batch(&mut self, batch: &Batch<'_>) -> bool {
        let is_taken = self.builder.push_batch(batch);
        if is_taken {
            self.n_rows += batch.ts.len() as u64;
        }
        is_taken
    }

    pub(super) fn reject(&mut self, line: u64, reason: &dyn Display, row: &[u8]) {
        self.rejections.add(self.file.as_deref(), line, reason, row);
    }
}
