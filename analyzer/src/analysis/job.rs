//! Runs a request in one go, or in slices between which a page can draw, report progress, or
//! give up.

use std::ops::Range;

use crate::dataset::Dataset;

use super::exact_paths::ExactPaths;
use super::funnel::Funnel;
use super::path_pattern::PathPattern;
use super::paths::Paths;
use super::step_matrix::StepMatrix;
use super::transitions::Transitions;
use super::{Analysis, Report, Request, RequestError, warning};

/// A request being answered. Every call takes the same dataset.
pub struct Job {
    scan: Scan,
    next_person: usize,
    end_person: usize,
}

enum Scan {
    Funnel(Running<Funnel>),
    Paths(Running<Paths>),
    PathPattern(Running<PathPattern>),
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

    fn finish(self) -> A::Report {
        A::finish(&self.plan, self.partial)
    }
}

impl Job {
    /// Checks `request` and gets ready to scan `dataset`.
    ///
    /// # Errors
    /// When the request makes no sense; the message says where and what to do.
    pub fn new(dataset: &Dataset, request: &Request) -> Result<Self, RequestError> {
        Self::share(dataset, request, 0..dataset.n_people())
    }

    /// The same for a share of the people, for callers that scan several shares at once and
    /// [`merge`](Self::merge) what they find.
    ///
    /// # Errors
    /// Those of [`Job::new`].
    pub fn share(
        dataset: &Dataset,
        request: &Request,
        people: Range<usize>,
    ) -> Result<Self, RequestError> {
        let scan = match request {
            Request::Funnel(config) => Scan::Funnel(Running::new(config, dataset)?),
            Request::Paths(config) => Scan::Paths(Running::new(config, dataset)?),
            Request::PathPattern(config) => Scan::PathPattern(Running::new(config, dataset)?),
            Request::Transitions(config) => Scan::Transitions(Running::new(config, dataset)?),
            Request::StepMatrix(config) => Scan::StepMatrix(Running::new(config, dataset)?),
            Request::ExactPaths(config) => Scan::ExactPaths(Running::new(config, dataset)?),
        };
        Ok(Self {
            scan,
            next_person: people.start,
            end_person: people.end,
        })
    }

    /// Scans up to `n_people` more people and returns the share of all that are done: 1 at the end.
    pub fn step(&mut self, dataset: &Dataset, n_people: usize) -> f64 {
        let end = self
            .end_person
            .min(self.next_person.saturating_add(n_people));
        let people = self.next_person..end;
        if !people.is_empty() {
            match &mut self.scan {
                Scan::Funnel(running) => running.scan(dataset, people),
                Scan::Paths(running) => running.scan(dataset, people),
                Scan::PathPattern(running) => running.scan(dataset, people),
                Scan::Transitions(running) => running.scan(dataset, people),
                Scan::StepMatrix(running) => running.scan(dataset, people),
                Scan::ExactPaths(running) => running.scan(dataset, people),
            }
        }
        self.next_person = end;
        if end >= self.end_person {
            1.0
        } else {
            end as f64 / self.end_person as f64
        }
    }

    /// Adds what another share of the same request has found so far.
    pub fn merge(&mut self, other: Self) {
        match (&mut self.scan, other.scan) {
            (Scan::Funnel(running), Scan::Funnel(other)) => running.merge(other),
            (Scan::Paths(running), Scan::Paths(other)) => running.merge(other),
            (Scan::PathPattern(running), Scan::PathPattern(other)) => running.merge(other),
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
                | Scan::ExactPaths(_),
                _,
            ) => {}
        }
    }

    /// Scans whoever is left and gives the report.
    pub fn finish(mut self, dataset: &Dataset) -> Report {
        self.step(dataset, usize::MAX);
        let mut report = match self.scan {
            Scan::Funnel(running) => Report::Funnel(running.finish()),
            Scan::Paths(running) => Report::Paths(running.finish()),
            Scan::PathPattern(running) => Report::PathPattern(running.finish()),
            Scan::Transitions(running) => Report::Transitions(running.finish()),
            Scan::StepMatrix(running) => Report::StepMatrix(running.finish()),
            Scan::ExactPaths(running) => Report::ExactPaths(running.finish()),
        };
        report.warnings_mut().extend(warning::of_dataset(dataset));
        report
    }
}

/// Answers `request` over the whole of `dataset`.
///
/// # Errors
/// When the request makes no sense; the message says where and what to do.
pub fn run(dataset: &Dataset, request: &Request) -> Result<Report, RequestError> {
    Ok(Job::new(dataset, request)?.finish(dataset))
}
