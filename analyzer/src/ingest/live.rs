//! An import that goes on: batches that arrive later join what was read before.
//!
//! Nothing is parsed again, and nobody without new events is sorted again. What it costs is a pass
//! over the columns, and the memory of the rows as they arrived beside the dataset of them.

use super::Rejections;
use super::ndjson::NdjsonReader;
use super::sink::Sink;
use crate::dataset::Dataset;

/// What was read so far, to which batches can be added.
pub struct LiveImport {
    pub(super) sink: Sink,
    /// The rows of the latest dataset, in its order.
    order: Vec<u32>,
}

impl LiveImport {
    pub(super) fn new(mut sink: Sink) -> Self {
        sink.rejections.assumed_utc = sink.time_zones.assumed_utc;
        Self {
            sink,
            order: Vec::new(),
        }
    }

    /// Reads events of our own format, one JSON object a line. Lines that cannot be read are
    /// rejected, with their line within the batch.
    pub fn append(&mut self, ndjson: &[u8]) {
        self.sink.file = None;
        let mut reader = NdjsonReader::default();
        reader.push(ndjson, &mut self.sink);
        reader.finish(&mut self.sink);
    }

    /// The dataset of everything so far: the one that all of it gives when it is read at once.
    pub fn dataset(&mut self) -> Dataset {
        let Sink {
            builder,
            rejections,
            ..
        } = &mut self.sink;
        builder.set_rejected(rejections.n_rejected);
        builder.dataset_so_far(&mut self.order)
    }

    /// The rows that could not be used.
    pub fn rejections(&self) -> &Rejections {
        &self.sink.rejections
    }
}
