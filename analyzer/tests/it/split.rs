//! However the people are split, the report is the same bytes: in slices of one dataset, and over
//! several datasets that each hold a share.

use analyzer::analysis::carts::Carts;
use analyzer::analysis::exact_paths::ExactPaths;
use analyzer::analysis::friction::Friction;
use analyzer::analysis::funnel::Funnel;
use analyzer::analysis::path_pattern::PathPattern;
use analyzer::analysis::paths::Paths;
use analyzer::analysis::step_matrix::StepMatrix;
use analyzer::analysis::transitions::Transitions;
use analyzer::analysis::{Analysis, Job};
use analyzer::dataset::Dataset;
use analyzer::{Request, run};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
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
    A::Partial: Serialize + DeserializeOwned,
{
    let plan = A::plan(config, whole).unwrap();
    let expected = A::finish(&plan, A::scan(&plan, whole, 0..whole.n_people()));
    // Partials come from elsewhere, so they come as bytes.
    let scan = |share: &Dataset| -> A::Partial {
        let partial = A::scan(&A::plan(config, share).unwrap(), share, 0..share.n_people());
        serde_json::from_str(&to_string(&partial).unwrap()).unwrap()
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
