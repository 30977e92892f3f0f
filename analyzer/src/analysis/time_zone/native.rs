//! Time zones from the database that is compiled in, for programs that no browser helps.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;

use super::Transitions;

/// The transitions of an IANA zone over some years; `None` where the name is not known.
pub fn transitions(name: &str, years: RangeInclusive<i64>) -> Option<Transitions> {
    let zone = TimeZoneDatabase::bundled().get(name).ok()?;
    let clamp = |ts: i64| {
        let limits = (
            Timestamp::MIN.as_millisecond(),
            Timestamp::MAX.as_millisecond(),
        );
        Timestamp::from_millisecond(ts.clamp(limits.0, limits.1)).unwrap_or(Timestamp::UNIX_EPOCH)
    };
    let (start, end) = (clamp(*years.start()), clamp(*years.end()));
    let changes = zone
        .following(start)
        .take_while(|change| change.timestamp() <= end)
        .map(|change| {
            (
                change.timestamp().as_millisecond(),
                change.offset().seconds(),
            )
        });
    Some(Transitions::new(
        zone.to_offset(start).seconds(),
        changes.collect::<Vec<_>>(),
    ))
}
