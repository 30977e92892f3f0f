//! All cores: each thread scans a share of the people, and what they find is merged.

use std::num::NonZeroUsize;
use std::thread;

use analyzer::analysis::Job;
use analyzer::analysis::scope::Recent;
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
    let scoped = Job::scopes(dataset, request, &mut Recent::default())?;
    let n_shares = n_threads.get();
    let mut job = Job::share(dataset, request, &scoped, 0, n_shares)?;
    let others = thread::scope(|scope| {
        let scoped = &scoped;
        let scan = |share| {
            scope.spawn(move || {
                let mut job = Job::share(dataset, request, scoped, share, n_shares)?;
                while job.step(dataset, usize::MAX) < 1.0 {}
                Ok(job)
            })
        };
        let threads: Vec<_> = (1..n_shares).map(scan).collect();
        while job.step(dataset, usize::MAX) < 1.0 {}
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect::<Result<Vec<Job>, RequestError>>()
    })?;
    others.into_iter().for_each(|other| job.merge(other));
    Ok(job.finish(dataset))
}
