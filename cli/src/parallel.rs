//! All cores: each thread scans a share of the people, and what they find is merged.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::thread;

use analyzer::analysis::Job;
use analyzer::dataset::Dataset;
use analyzer::{Report, Request, RequestError};

/// The same report as [`analyzer::run`], whatever the number of threads.
///
/// # Errors
/// When the request makes no sense.
pub(crate) fn run(
    dataset: &Dataset,
    request: &Request,
    n_threads: NonZeroUsize,
) -> Result<Report, RequestError> {
    let mut shares = shares(dataset.n_people(), n_threads.get()).into_iter();
    let mut job = Job::share(dataset, request, shares.next().unwrap_or(0..0))?;
    let others = thread::scope(|scope| {
        let scan = |share| {
            scope.spawn(move || {
                let mut job = Job::share(dataset, request, share)?;
                job.step(dataset, usize::MAX);
                Ok(job)
            })
        };
        let threads: Vec<_> = shares.map(scan).collect();
        job.step(dataset, usize::MAX);
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect::<Result<Vec<Job>, RequestError>>()
    })?;
    others.into_iter().for_each(|other| job.merge(other));
    Ok(job.finish(dataset))
}

/// Ranges of people, as equal as can be; fewer where there are not enough people, and at least one.
fn shares(n_people: usize, n_shares: usize) -> Vec<Range<usize>> {
    let n_shares = n_shares.clamp(1, n_people.max(1));
    let start = |share: usize| n_people * share / n_shares;
    (0..n_shares)
        .map(|share| start(share)..start(share + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn everybody_is_in_one_share() {
        for (n_people, n_shares, ends) in [
            (5, 2, &[2, 5][..]),
            (2, 8, &[1, 2]),
            (0, 3, &[0]),
            (6, 3, &[2, 4, 6]),
        ] {
            let shares = shares(n_people, n_shares);
            let starts = std::iter::once(&0).chain(ends);
            let expected: Vec<_> = starts.zip(ends).map(|(start, end)| *start..*end).collect();
            assert_eq!(shares, expected);
        }
    }
}
