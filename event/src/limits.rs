//! The bounds of events and batches. A collector refuses what exceeds them; the tracker cuts or refuses before.
//!
//! Lengths are bytes of UTF-8.

/// Longest [`Event::name`](crate::Event::name).
pub const MAX_NAME_BYTES: usize = 64;
/// Longest visitor, user, session and tab id.
pub const MAX_ID_BYTES: usize = 128;
/// Longest address, path or referrer of a page, and longest address in a property.
pub const MAX_URL_BYTES: usize = 2048;
/// Longest title of a page.
pub const MAX_TITLE_BYTES: usize = 512;
/// Longest field of a [`Touch`](crate::Touch) or an [`Item`](crate::Item).
pub const MAX_FIELD_BYTES: usize = 256;
/// Most properties of one event.
pub const MAX_PROPS: usize = 64;
/// Longest key of a property.
pub const MAX_PROP_KEY_BYTES: usize = 64;
/// Longest text of a property.
pub const MAX_PROP_STRING_BYTES: usize = 2048;
/// Most items of one event.
pub const MAX_ITEMS: usize = 200;
/// Longest id of a site.
pub const MAX_SITE_BYTES: usize = 64;
/// Longest name and version of a tracker.
pub const MAX_SDK_BYTES: usize = 64;
/// Most events of one batch.
pub const MAX_EVENTS_PER_BATCH: usize = 500;
/// Largest batch that a collector reads.
pub const MAX_BATCH_BYTES: usize = 1 << 20;
/// Largest batch that the tracker sends while a page goes away. Browsers share 64 KiB among all requests that
/// outlive a page ([Fetch, section 4.5](https://fetch.spec.whatwg.org/#http-network-or-cache-fetch)).
pub const MAX_BEACON_BYTES: usize = 60_000;
/// Earliest time of an event: 1970-01-01.
pub const MIN_TS: i64 = 0;
/// Latest time of an event: 9999-12-31T23:59:59.999Z.
pub const MAX_TS: i64 = 253_402_300_799_999;
