//! Time: the collector's own clock, and what it makes of the clocks of visitors.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A difference between two clocks up to this is taken for the time that a batch was under way. Shifting events
/// by it would reorder those of neighbouring batches.
pub const TOLERANCE_MILLIS: i64 = 5_000;

/// Tells the time in milliseconds since the Unix epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The clock of this machine.
pub fn system() -> Clock {
    Arc::new(|| {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        since_epoch.map_or(0, |time| {
            i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
        })
    })
}

/// What must be added to the times in a batch, in milliseconds: the difference between the collector's clock
/// and the visitor's, or nothing where it is within [`TOLERANCE_MILLIS`].
pub fn correction_millis(received_at: i64, sent_at: i64) -> i64 {
    let difference = received_at.saturating_sub(sent_at);
    if difference.saturating_abs() > TOLERANCE_MILLIS {
        difference
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clocks_that_differ_by_more_than_the_tolerance_are_corrected() {
        for (received_at, sent_at, expected) in [
            (10_000, 10_000, 0),
            (15_000, 10_000, 0),
            (15_001, 10_000, 5_001),
            (10_000, 15_000, 0),
            (10_000, 15_001, -5_001),
            (i64::MAX, i64::MIN, i64::MAX),
        ] {
            assert_eq!(
                correction_millis(received_at, sent_at),
                expected,
                "{received_at} {sent_at}"
            );
        }
    }
}
