//! Runs a request in one go, or in slices between which a page can draw, report progress, or
//! give up.

use std::iter::once;
use std::ops::Range;
use std::sync::Arc;

use crate::dataset::Dataset;

use super::carts::Carts;
use super::compare::CompareReport;
use super::exact_paths::ExactPaths;
use super::friction::Friction;
use super::funnel::Funnel;
use super::path_pattern::PathPattern;
use super::paths::Paths;
use super::scope::{Recent, Scoped};
use super::step_matrix::StepMatrix;
use super::transitions::Transitions;
use super::wire::Wire;
use super::{Analysis, Report, Request, RequestError, absent, warning};

/// A request being answered. Every call takes the same dataset.
pub struct Job {
    part: Part,
    /// The other side of a comparison.
    other: Option<Part>,
}

/// One analysis of one scope.
struct Part {
    scan: Scan,
    scoped: Arc<Scoped>,
    /// Events that the scope leaves out as those of bots.
    n_bots: u64,
    warnings: Vec<warning::Warning>,
    people: Range<usize>,
    next_person: usize,
}

enum Scan {
    Funnel(Running<Funnel>),
    Paths(Running<Paths>),
    PathPattern(Running<PathPattern>),
    Carts(Running<Carts>),
    Friction(Running<Friction>),
    Transitions(Running<Transitions>),
    StepMatrix(Running<StepMatrix>),
    ExactPaths(Running<ExactPaths>),
}

/// What one analysis has found so far.
struct Running<A: Analysis> {
    plan: A::Plan,
    partial: A::Partial,
}

impl<A: Analysis> Running<A> {
    fn new(config: &A::Config, dataset: &Dataset) -> Result<Self, RequestError> {
        Ok(Self {
            plan: A::plan(config, dataset)?,
            partial: A::Partial::default(),
        })
    }

    fn scan(&mut self, dataset: &Dataset, people: Range<usize>) {
        let found = A::scan(&self.plan, dataset, people);
        self.partial = A::merge(std::mem::take(&mut self.partial), found);
    }

    fn merge(&mut self, other: Self) {
        self.partial = A::merge(std::mem::take(&mut self.partial), other.partial);
    }

    fn absorb(&mut self, found: &mut &[u8]) -> Option<()> {
        let found = A::Partial::read(found)?;
        self.partial = A::merge(std::mem::take(&mut self.partial), found);
        Some(())
    }

    fn finish(self) -> A::Report {
        A::finish(&self.plan, self.partial)
    }
}

impl Part {
    fn new(
        dataset: &Dataset,
        request: &Request,
        scoped: &Arc<Scoped>,
        (share, n_shares): (usize, usize),
    ) -> Result<Self, RequestError> {
        let selected = scoped.dataset(dataset);
        let scan = match request {
            Request::StepMatrix(config) => Scan::StepMatrix(Running::new(config, selected)?),
            Request::ExactPaths(config) => Scan::ExactPaths(Running::new(config, selected)?),
            Request::Transitions(config) => Scan::Transitions(Running::new(config, selected)?),
            Request::Funnel(config) => Scan::Funnel(Running::new(config, selected)?),
            Request::Paths(config) => Scan::Paths(Running::new(config, selected)?),
            Request::PathPattern(config) => Scan::PathPattern(Running::new(config, selected)?),
            Request::Carts(config) => Scan::Carts(Running::new(config, selected)?),
            Request::Friction(config) => Scan::Friction(Running::new(config, selected)?),
            Request::Compare(_) => {
                return Err(RequestError::new(
                    "request",
                    "is itself a comparison; compare reports of another kind",
                ));
            }
        };
        let mut warnings = Vec::from_iter(absent::warning(request, scoped.scope(), dataset));
        warnings.extend(warning::survivorship(request, scoped.scope()));
        warnings.extend(warning::of_dataset(selected));
        let n_people = selected.n_people();
        let start = |share: usize| n_people * share / n_shares;
        Ok(Self {
            scan,
            scoped: Arc::clone(scoped),
            n_bots: scoped.n_bots(),
            warnings,
            people: start(share)..start(share + 1),
            next_person: start(share),
        })
    }

    fn step(&mut self, dataset: &Dataset, n_people: usize) -> f64 {
        let end = self
            .people
            .end
            .min(self.next_person.saturating_add(n_people));
        let people = self.next_person..end;
        let dataset = self.scoped.dataset(dataset);
        if !people.is_empty() {
            match &mut self.scan {
                Scan::Funnel(running) => running.scan(dataset, people),
                Scan::Paths(running) => running.scan(dataset, people),
                Scan::PathPattern(running) => running.scan(dataset, people),
                Scan::Carts(running) => running.scan(dataset, people),
                Scan::Friction(running) => running.scan(dataset, people),
                Scan::Transitions(running) => running.scan(dataset, people),
                Scan::StepMatrix(running) => running.scan(dataset, people),
                Scan::ExactPaths(running) => running.scan(dataset, people),
            }
        }
        self.next_person = end;
        if end >= self.people.end {
            1.0
        } else {
            (end - self.people.start) as f64 / self.people.len() as f64
        }
    }

    fn merge(&mut self, other: Self) {
        match (&mut self.scan, other.scan) {
            (Scan::Funnel(running), Scan::Funnel(other)) => running.merge(other),
            (Scan::Paths(running), Scan::Paths(other)) => running.merge(other),
            (Scan::PathPattern(running), Scan::PathPattern(other)) => running.merge(other),
            (Scan::Carts(running), Scan::Carts(other)) => running.merge(other),
            (Scan::Friction(running), Scan::Friction(other)) => running.merge(other),
            (Scan::Transitions(running), Scan::Transitions(other)) => running.merge(other),
            (Scan::StepMatrix(running), Scan::StepMatrix(other)) => running.merge(other),
            (Scan::ExactPaths(running), Scan::ExactPaths(other)) => running.merge(other),
            // Jobs of different requests have nothing to add to each other.
            (
                Scan::Funnel(_)
                | Scan::Paths(_)
                | Scan::PathPattern(_)
                | Scan::Transitions(_)
                | Scan::StepMatrix(_)
                | Scan::ExactPaths(_)
                | Scan::Carts(_)
                | Scan::Friction(_),
                _,
            ) => {}
        }
    }

    /// Appends what was found to `out`.
    fn write(&self, out: &mut Vec<u8>) {
        self.n_bots.write(out);
        match &self.scan {
            Scan::Funnel(running) => running.partial.write(out),
            Scan::Paths(running) => running.partial.write(out),
            Scan::PathPattern(running) => running.partial.write(out),
            Scan::Carts(running) => running.partial.write(out),
            Scan::Friction(running) => running.partial.write(out),
            Scan::Transitions(running) => running.partial.write(out),
            Scan::StepMatrix(running) => running.partial.write(out),
            Scan::ExactPaths(running) => running.partial.write(out),
        }
    }

    /// Adds what was found in a dataset of other people.
    fn absorb(&mut self, found: &mut &[u8]) -> Option<()> {
        self.n_bots += u64::read(found)?;
        match &mut self.scan {
            Scan::Funnel(running) => running.absorb(found),
            Scan::Paths(running) => running.absorb(found),
            Scan::PathPattern(running) => running.absorb(found),
            Scan::Carts(running) => running.absorb(found),
            Scan::Friction(running) => running.absorb(found),
            Scan::Transitions(running) => running.absorb(found),
            Scan::StepMatrix(running) => running.absorb(found),
            Scan::ExactPaths(running) => running.absorb(found),
        }
    }

    fn finish(self) -> Report {
        let mut report = match self.scan {
            Scan::Funnel(running) => Report::Funnel(running.finish()),
            Scan::Paths(running) => Report::Paths(running.finish()),
            Scan::PathPattern(running) => Report::PathPattern(running.finish()),
            Scan::Carts(running) => Report::Carts(Box::new(running.finish())),
            Scan::Friction(running) => Report::Friction(running.finish()),
            Scan::Transitions(running) => Report::Transitions(running.finish()),
            Scan::StepMatrix(running) => Report::StepMatrix(running.finish()),
            Scan::ExactPaths(running) => Report::ExactPaths(running.finish()),
        };
        let warnings = report.warnings_mut();
        warnings.extend(warning::bots(self.n_bots, self.scoped.scope()));
        warnings.extend(self.warnings);
        report
    }
}

impl Job {
    /// Checks `request` and gets ready to scan `dataset`.
    ///
    /// # Errors
    /// When the request makes no sense; the message says where and what to do.
    pub fn new(dataset: &Dataset, request: &Request) -> Result<Self, RequestError> {
        let scoped = Self::scopes(dataset, request, &mut Recent::default())?;
        Self::share(dataset, request, &scoped, 0, 1)
    }

    /// What the scopes of `request` leave of `dataset`, as [`share`](Self::share) takes them.
    ///
    /// # Errors
    /// When a scope makes no sense; the message says where and what to do.
    pub fn scopes(
        dataset: &Dataset,
        request: &Request,
        recent: &mut Recent,
    ) -> Result<Vec<Arc<Scoped>>, RequestError> {
        let scopes = request.scopes()?.into_iter();
        scopes
            .map(|(place, scope)| recent.get(dataset, &scope, place))
            .collect()
    }

    /// The same for a share of the people, for callers that scan several shares at once and
    /// [`merge`](Self::merge) what they find. `share` counts from 0 to below `n_shares`.
    ///
    /// # Errors
    /// Those of [`Job::new`].
    pub fn share(
        dataset: &Dataset,
        request: &Request,
        scoped: &[Arc<Scoped>],
        share: usize,
        n_shares: usize,
    ) -> Result<Self, RequestError> {
        let [scoped, other @ ..] = scoped else {
            return Err(RequestError::new(
                "scope",
                "is missing; take those of Job::scopes",
            ));
        };
        let part = |scoped| Part::new(dataset, request.analysis(), scoped, (share, n_shares));
        Ok(Self {
            part: part(scoped)?,
            other: other.first().map(part).transpose()?,
        })
    }

    /// Scans up to `n_people` more people and returns the share of all that are done: 1 at the end.
    pub fn step(&mut self, dataset: &Dataset, n_people: usize) -> f64 {
        let part_done = |part: &Part| part.next_person >= part.people.end;
        match &mut self.other {
            None => self.part.step(dataset, n_people),
            Some(_) if !part_done(&self.part) => self.part.step(dataset, n_people) / 2.0,
            Some(other) => 0.5 + other.step(dataset, n_people) / 2.0,
        }
    }

    /// Adds what another share of the same request has found so far.
    pub fn merge(&mut self, other: Self) {
        self.part.merge(other.part);
        if let (Some(part), Some(other)) = (&mut self.other, other.other) {
            part.merge(other);
        }
    }

    /// Scans whoever is left and gives what was found as bytes, for [`absorb`](Self::absorb) of the same request's
    /// job over a dataset of other people.
    pub fn found(mut self, dataset: &Dataset) -> Vec<u8> {
        let mut found = Vec::new();
        for part in once(&mut self.part).chain(&mut self.other) {
            part.step(dataset, usize::MAX);
            part.write(&mut found);
        }
        found
    }

    /// Adds what the same request has found in another share of one dataset, see [`Dataset::encode_share`].
    ///
    /// # Errors
    /// Where the bytes are none that [`found`](Self::found) gave. What they held before their error may count.
    pub fn absorb(&mut self, mut found: &[u8]) -> Result<(), RequestError> {
        let mut parts = once(&mut self.part).chain(&mut self.other);
        let absorbed = parts.try_for_each(|part| part.absorb(&mut found));
        match absorbed.filter(|()| found.is_empty()) {
            Some(()) => Ok(()),
            None => Err(RequestError::new(
                "share",
                "has other findings than this request asks for; open the data again",
            )),
        }
    }

    /// Scans whoever is left and gives the report.
    pub fn finish(mut self, dataset: &Dataset) -> Report {
        self.part.step(dataset, usize::MAX);
        let report = self.part.finish();
        match self.other {
            None => report,
            Some(mut other) => {
                other.step(dataset, usize::MAX);
                Report::Compare(CompareReport::new(report, other.finish()))
            }
        }
    }
}

/// Answers `request` over the whole of `dataset`.
///
/// # Errors
/// When the request makes no sense; the message says where and what to do.
pub fn run(dataset: &Dataset, request: &Request) -> Result<Report, RequestError> {
    Ok(Job::new(dataset, request)?.finish(dataset))
}
