//! Whether a funnel makes sense: what is wrong, where, and what to do.

use crate::analysis::RequestError;

use super::events::MAX_STEPS;
use super::{BreakdownAt, BreakdownBy, Exclusion, FunnelConfig, FunnelCount, FunnelOrder, Hold};

/// Most exclusions that a funnel can have: one bit each in a mask.
const MAX_EXCLUSIONS: usize = 32;

pub(super) fn check(config: &FunnelConfig) -> Result<(), RequestError> {
    let n_steps = config.steps.len();
    if !(1..=MAX_STEPS).contains(&n_steps) {
        return Err(RequestError::new(
            "steps",
            format!("has {n_steps} entries; a funnel has 1 to {MAX_STEPS}"),
        ));
    }
    for (index, step) in config.steps.iter().enumerate() {
        step.filter.validate(&format!("steps[{index}].filter"))?;
        if step.optional {
            check_optional(config, index)?;
        }
    }
    if config.window_millis < 0 {
        return Err(RequestError::new(
            "window_millis",
            "is negative; give the longest time that a unit may take",
        ));
    }
    if config.open && config.order == FunnelOrder::Any {
        return Err(RequestError::new(
            "open",
            "says nothing in any order, where every step may come first; leave it out",
        ));
    }
    if config.exclude.len() > MAX_EXCLUSIONS {
        let n = config.exclude.len();
        return Err(RequestError::new(
            "exclude",
            format!("has {n} entries; a funnel has up to {MAX_EXCLUSIONS}"),
        ));
    }
    for (index, exclusion) in config.exclude.iter().enumerate() {
        check_exclusion(config, exclusion, &format!("exclude[{index}]"))?;
    }
    if config.hold == Some(Hold::Prop(String::new())) {
        return Err(RequestError::new("hold.prop", "is empty; name a property"));
    }
    check_extras(config)
}

/// Checks what is made of the chains.
fn check_extras(config: &FunnelConfig) -> Result<(), RequestError> {
    if config.count == FunnelCount::Totals && config.open {
        return Err(RequestError::new(
            "count",
            "is `totals`, which an open funnel does not have: where every step may start an attempt, no attempt has a definite end; count units, or leave out `open`",
        ));
    }
    let bounded = |place: &str, n: u32, most: u32| {
        if (1..=most).contains(&n) {
            return Ok(());
        }
        Err(RequestError::new(
            place,
            format!("is {n}; give a number from 1 to {most}"),
        ))
    };
    if let Some(breakdown) = &config.breakdown {
        bounded("breakdown.n_top", breakdown.n_top, 100)?;
        if let BreakdownAt::Step(number) = breakdown.at {
            bounded("breakdown.at.step", number, config.steps.len() as u32)?;
        }
        if breakdown.by == BreakdownBy::Held && config.hold.is_none() {
            return Err(RequestError::new(
                "breakdown.by",
                "is `held`, but the funnel holds nothing constant; set `hold` or name a property",
            ));
        }
    }
    if let Some(correlation) = &config.correlation {
        bounded("correlation.n_top", correlation.n_top, 1000)?;
    }
    Ok(())
}

fn check_optional(config: &FunnelConfig, index: usize) -> Result<(), RequestError> {
    let problem = if config.order != FunnelOrder::Sequential {
        "needs the order `sequential`; leave it out or change the order"
    } else if index == 0 || index + 1 == config.steps.len() {
        "cannot be said of the first or the last step; leave out the step instead"
    } else {
        return Ok(());
    };
    Err(RequestError::new(
        format!("steps[{index}].optional"),
        problem,
    ))
}

fn check_exclusion(
    config: &FunnelConfig,
    exclusion: &Exclusion,
    place: &str,
) -> Result<(), RequestError> {
    exclusion.filter.validate(&format!("{place}.filter"))?;
    let n_steps = config.steps.len();
    if config.order != FunnelOrder::Sequential {
        return Err(RequestError::new(
            place,
            "needs the order `sequential`; in another one nothing lies between two steps",
        ));
    }
    let (after, before) = numbers(exclusion, n_steps);
    for (field, number) in [("after_step", after), ("before_step", before)] {
        let step = (number as usize)
            .checked_sub(1)
            .and_then(|index| config.steps.get(index));
        let problem = match step {
            None => format!("is {number}; steps count from 1 to {n_steps}"),
            Some(step) if step.optional => {
                format!("is {number}, an optional step; name one that every chain takes")
            }
            Some(_) => continue,
        };
        return Err(RequestError::new(format!("{place}.{field}"), problem));
    }
    if after >= before {
        return Err(RequestError::new(
            place,
            format!("lies between step {after} and step {before}; the second must come later"),
        ));
    }
    Ok(())
}

/// The numbers of the two steps of an exclusion, from 1.
pub(super) fn numbers(exclusion: &Exclusion, n_steps: usize) -> (u32, u32) {
    (
        exclusion.after_step.unwrap_or(1),
        exclusion.before_step.unwrap_or(n_steps as u32),
    )
}
