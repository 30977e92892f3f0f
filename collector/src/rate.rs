//! How much may be sent: a token bucket for each address and for each site.
//!
//! A bucket fills at a steady rate up to a burst of ten seconds' worth. A batch is let in while the bucket is
//! not empty and takes as many tokens as it has events, so a large batch may leave a debt that the next one
//! waits for. Senders on this machine are not limited by address: they are tools, or a proxy that stands for
//! many visitors and has limits of its own.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Seconds of steady rate that a full bucket holds.
const BURST_SECONDS: f64 = 10.0;
/// How many buckets are kept. A bucket that is full again says nothing and is dropped first.
const MAX_BUCKETS: usize = 100_000;

/// The rates of a collector, in events a second. Zero is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// For each address; an IPv6 address counts by its /64.
    pub per_address: u32,
    /// For each site.
    pub per_site: u32,
}

impl Default for Rates {
    /// One office behind one address, and a shop far larger than one machine serves.
    fn default() -> Self {
        Self {
            per_address: 2_000,
            per_site: 100_000,
        }
    }
}

/// The buckets of a collector.
#[derive(Debug)]
pub struct RateLimits {
    addresses: Limiter<IpAddr>,
    sites: Limiter<String>,
}

impl RateLimits {
    /// All buckets are full.
    pub fn new(rates: Rates) -> Self {
        Self {
            addresses: Limiter::new(rates.per_address),
            sites: Limiter::new(rates.per_site),
        }
    }

    /// Takes `n_events` tokens from an address.
    ///
    /// # Errors
    /// The address has sent too much; the time after which it may send again.
    pub fn take_from_address(
        &self,
        address: IpAddr,
        n_events: usize,
        now: Instant,
    ) -> Result<(), Duration> {
        if address.to_canonical().is_loopback() {
            return Ok(());
        }
        self.addresses.take(&network(address), n_events, now)
    }

    /// Takes `n_events` tokens from a site.
    ///
    /// # Errors
    /// Too much was sent for the site; the time after which it may be sent to again.
    pub fn take_from_site(
        &self,
        site: &str,
        n_events: usize,
        now: Instant,
    ) -> Result<(), Duration> {
        self.sites.take(&site.to_owned(), n_events, now)
    }
}

/// One subscriber has at least a /64 of IPv6, and could take a new address for each request.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[derive(Debug)]
struct Limiter<K> {
    per_second: f64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl<K: Clone + Eq + Hash> Limiter<K> {
    fn new(per_second: u32) -> Self {
        Self {
            per_second: f64::from(per_second),
            buckets: Mutex::default(),
        }
    }

    fn take(&self, key: &K, n_tokens: usize, now: Instant) -> Result<(), Duration> {
        if self.per_second == 0.0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = self.per_second * BURST_SECONDS;
        let level = |bucket: &Bucket| {
            let seconds = now.saturating_duration_since(bucket.at).as_secs_f64();
            (bucket.tokens + seconds * self.per_second).min(full)
        };
        let tokens = buckets.get(key).map_or(full, level);
        if tokens <= 0.0 {
            // At least one token must be there again.
            return Err(Duration::from_secs_f64((1.0 - tokens) / self.per_second));
        }
        if buckets.len() >= MAX_BUCKETS && !buckets.contains_key(key) {
            buckets.retain(|_, bucket| level(bucket) < full);
            if buckets.len() >= MAX_BUCKETS {
                // Too many senders at once to count each: better none is held back than the wrong one.
                buckets.clear();
            }
        }
        buckets.insert(
            key.clone(),
            Bucket {
                tokens: tokens - n_tokens as f64,
                at: now,
            },
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_burst_passes_and_the_steady_rate_after_it() {
        let limiter = Limiter::<u8>::new(10);
        let start = Instant::now();
        assert_eq!(limiter.take(&1, 100, start), Ok(()));
        assert!(limiter.take(&1, 1, start).is_err());
        assert_eq!(limiter.take(&2, 100, start), Ok(()), "another sender");
        assert_eq!(limiter.take(&1, 10, start + seconds(1)), Ok(()));
        assert!(limiter.take(&1, 1, start + seconds(1)).is_err());
    }

    #[test]
    fn a_large_batch_leaves_a_debt_that_is_told_in_seconds() {
        let limiter = Limiter::<u8>::new(10);
        let start = Instant::now();
        assert_eq!(limiter.take(&1, 149, start), Ok(()));
        assert_eq!(limiter.take(&1, 1, start), Err(seconds(5)));
        assert!(limiter.take(&1, 1, start + seconds(4)).is_err());
        assert_eq!(limiter.take(&1, 1, start + seconds(5)), Ok(()));
    }

    #[test]
    fn zero_is_no_limit_and_this_machine_has_none() {
        let limits = RateLimits::new(Rates {
            per_address: 1,
            per_site: 0,
        });
        let now = Instant::now();
        let (local, remote) = ([127, 0, 0, 1].into(), [203, 0, 113, 7].into());
        for _ in 0..20 {
            assert_eq!(limits.take_from_site("demo", 1000, now), Ok(()));
            assert_eq!(limits.take_from_address(local, 1000, now), Ok(()));
        }
        assert_eq!(limits.take_from_address(remote, 1000, now), Ok(()));
        assert!(limits.take_from_address(remote, 1, now).is_err());
    }

    #[test]
    fn a_subscriber_is_one_sender_whichever_of_their_addresses_they_use() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(
            network(address("2001:db8::1")),
            network(address("2001:db8::2"))
        );
        assert_ne!(
            network(address("2001:db8:0:1::1")),
            network(address("2001:db8::1"))
        );
        assert_eq!(
            network(address("::ffff:203.0.113.7")),
            address("203.0.113.7")
        );
    }
}
