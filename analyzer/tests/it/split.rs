//! However the people are split, the report is the same bytes: in slices of one dataset, over
//! several datasets that each hold a share, and over shares that other workers opened from bytes.

use analyzer::analysis::carts::Carts;
use analyzer::analysis::exact_paths::ExactPaths;
use analyzer::analysis::friction::Friction;
use analyzer::analysis::funnel::Funnel;
use analyzer::analysis::path_pattern::PathPattern;
use analyzer::analysis::paths::Paths;
use analyzer::analysis::step_matrix::StepMatrix;
use analyzer::analysis::transitions::Transitions;
use analyzer::analysis::wire::Wire;
use analyzer::analysis::{Analysis, Job};
use analyzer::dataset::Dataset;
use analyzer::{Request, run};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::to_string;

use crate::events::{Event, build, events, options};
use crate::requests::request;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn slices_change_nothing(events in events(), options in options(), request in request(), slices in prop::collection::vec(0..4_usize, 0..8)) {
        let dataset = build(&events, &options);
        let whole = to_string(&run(&dataset, &request).unwrap()).unwrap();
        let mut job = Job::new(&dataset, &request).unwrap();
        let mut done = 0.0;
        for n_people in slices {
            let now = job.step(&dataset, n_people);
            prop_assert!((done..=1.0).contains(&now));
            done = now;
        }
        prop_assert_eq!(to_string(&job.finish(&dataset)).unwrap(), whole);
    }

    #[test]
    fn workers_with_shares_find_what_one_finds(
        events in events(), options in options(), request in request(), n_shares in 1..6_usize,
        first in 0..6_usize, slice in 0..3_usize, turn in any::<bool>(),
    ) {
        let dataset = build(&events, &options);
        let shares: Vec<Dataset> = (0..n_shares)
            .map(|share| Dataset::decode(&dataset.encode_share(share, n_shares)).unwrap())
            .collect();
        prop_assert_eq!(shares.iter().map(Dataset::n_people).sum::<usize>(), dataset.n_people());
        prop_assert_eq!(shares.iter().map(Dataset::n_events).sum::<usize>(), dataset.n_events());
        let job = |share: &Dataset| {
            let mut job = Job::new(share, &request).unwrap();
            job.step(share, slice);
            job
        };
        let first = first % n_shares;
        let mut merged = job(&shares[first]);
        let mut others: Vec<&Dataset> = (0..n_shares).filter(|&share| share != first).map(|share| &shares[share]).collect();
        if turn {
            others.reverse();
        }
        for share in others {
            let found = job(share).found(share);
            for end in [0, found.len() / 2, found.len() - 1] {
                prop_assert!(job(share).absorb(&found[..end]).is_err());
            }
            prop_assert!(job(share).absorb(&[&found[..], b"x"].concat()).is_err());
            merged.absorb(&found).unwrap();
        }
        let whole = to_string(&run(&dataset, &request).unwrap()).unwrap();
        prop_assert_eq!(to_string(&merged.finish(&shares[first])).unwrap(), whole);
    }

    #[test]
    fn shares_of_the_people_can_be_merged_in_any_order(events in events(), request in request(), owners in any::<[u8; 3]>(), turn in any::<bool>()) {
        // By visitor alone, so that a share is whole people.
        let mut events = events;
        for event in &mut events {
            event.user = None;
            event.id = None;
            event.visitor = event.visitor.or(Some("v1"));
        }
        let options = Default::default();
        let whole = build(&events, &options);
        let mut request = request;
        if let Request::Funnel(config) = &mut request {
            // A share does not know when the whole data ends.
            config.data_end_ts = config.data_end_ts.or(whole.last_ts());
        }
        if let Request::Carts(config) = &mut request {
            config.data_end_ts = config.data_end_ts.or(whole.last_ts());
        }
        let share_of = |event: &Event| owners[usize::from(event.visitor.unwrap().as_bytes()[1] - b'1')] % 3;
        let shares: Vec<Dataset> = (0..3)
            .map(|share| build(&events.iter().filter(|event| share_of(event) == share).cloned().collect::<Vec<Event>>(), &options))
            .collect();
        match &request {
            Request::Funnel(config) => compare::<Funnel>(config, &whole, &shares, turn)?,
            Request::Paths(config) => compare::<Paths>(config, &whole, &shares, turn)?,
            Request::PathPattern(config) => compare::<PathPattern>(config, &whole, &shares, turn)?,
            Request::Transitions(config) => compare::<Transitions>(config, &whole, &shares, turn)?,
            Request::ExactPaths(config) => compare::<ExactPaths>(config, &whole, &shares, turn)?,
            Request::StepMatrix(config) => compare::<StepMatrix>(config, &whole, &shares, turn)?,
            Request::Carts(config) => compare::<Carts>(config, &whole, &shares, turn)?,
            Request::Friction(config) => compare::<Friction>(config, &whole, &shares, turn)?,
            Request::Compare(_) => {}
        }
    }
}

fn compare<A: Analysis>(
    config: &A::Config,
    whole: &Dataset,
    shares: &[Dataset],
    turn: bool,
) -> Result<(), TestCaseError>
where
    A::Report: Serialize,
{
    let plan = A::plan(config, whole).unwrap();
    let expected = A::finish(&plan, A::scan(&plan, whole, 0..whole.n_people()));
    // Partials come from elsewhere, so they come as bytes.
    let scan = |share: &Dataset| -> A::Partial {
        let partial = A::scan(&A::plan(config, share).unwrap(), share, 0..share.n_people());
        let mut bytes = Vec::new();
        partial.write(&mut bytes);
        A::Partial::read(&mut bytes.as_slice()).unwrap()
    };
    let (a, b, c) = (scan(&shares[0]), scan(&shares[1]), scan(&shares[2]));
    let merged = if turn {
        A::merge(A::merge(a, b), c)
    } else {
        A::merge(c, A::merge(b, a))
    };
    let found = A::finish(&A::plan(config, &shares[0]).unwrap(), merged);
    prop_assert_eq!(to_string(&found).unwrap(), to_string(&expected).unwrap());
    Ok(())
}
