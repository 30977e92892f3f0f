//! What a reader of a report should know before trusting its numbers.

use serde::Serialize;

use crate::dataset::Dataset;

use super::Request;
use super::scope::Scope;

/// One thing to know about a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// The same in words, in English.
    pub message: String,
    /// How many units, events or rows it concerns, where that can be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub n: Option<u64>,
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum WarningKind {
    /// A group is so small that its shares say little.
    FewUnits,
    /// Some units could still convert after the end of the data.
    WindowOpen,
    /// Units were left out because of what they did later, so that the others are a choice.
    UnitsRemoved,
    /// Events with an id that had been seen were left out.
    DuplicatesDropped,
    /// Purchases with a `transaction_id` that had been seen were left out.
    RepeatedPurchases,
    /// Within a tab, times of events go back where their numbers go on.
    OutOfOrder,
    /// Visitors' clocks were off.
    ClockSkew,
    /// The import left out rows that it could not use.
    RowsRejected,
    /// Events of visitors were joined to the users who logged in.
    IdentitiesMerged,
    /// Events that programs seem to have sent were left out.
    BotsLeftOut,
    /// People or sessions were chosen by what the report measures.
    Survivorship,
    /// Amounts are in several currencies, and are not added.
    SeveralCurrencies,
    /// The request names something that no event has.
    NotInData,
    /// Rates that stand beside each other are shares of different wholes.
    DenominatorsDiffer,
}

/// Groups smaller than this are marked as too small.
pub const FEW_UNITS: u64 = 30;

impl Warning {
    pub(crate) fn new(kind: WarningKind, n: u64, message: String) -> Self {
        Self {
            kind,
            message,
            n: Some(n),
        }
    }
}

/// The warning of every report about paths: that there are only few.
pub(crate) fn few_units_with_path(n_units: u64) -> Vec<Warning> {
    if n_units >= FEW_UNITS {
        return Vec::new();
    }
    let message =
        format!("units with a path: only {n_units}; shares of fewer than {FEW_UNITS} say little");
    vec![Warning::new(WarningKind::FewUnits, n_units, message)]
}

/// The warning that amounts are in several currencies, of those that are shown.
pub(crate) fn several_currencies(mut shown: Vec<&str>) -> Option<Warning> {
    shown.sort_unstable();
    shown.dedup();
    let n = shown.len() as u64;
    let message = format!("amounts are in {n} currencies and are not added");
    (n > 1).then(|| Warning::new(WarningKind::SeveralCurrencies, n, message))
}

/// The warning that a scope leaves out `n` events as those of bots.
pub(crate) fn bots(n: u64, scope: &Scope) -> Option<Warning> {
    let message = format!(
        "{n} events were left out because their bot score is above {}",
        scope.bots.threshold
    );
    (n > 0).then(|| Warning::new(WarningKind::BotsLeftOut, n, message))
}

/// Warnings that every report over `dataset` carries.
pub(crate) fn of_dataset(dataset: &Dataset) -> Vec<Warning> {
    let counts = dataset.counts();
    let mut warnings = Vec::new();
    let mut add = |kind, n: u64, message: String| {
        if n > 0 {
            warnings.push(Warning::new(kind, n, message));
        }
    };
    let n = counts.n_duplicates;
    add(
        WarningKind::DuplicatesDropped,
        n,
        format!("{n} events had an id that had been seen and were left out"),
    );
    let n = counts.n_repeated_purchases;
    add(
        WarningKind::RepeatedPurchases,
        n,
        format!("{n} purchases had a transaction_id that had been seen and were left out"),
    );
    let n = counts.n_out_of_order;
    add(
        WarningKind::OutOfOrder,
        n,
        format!(
            "{n} events have an earlier time than one that came before them in their tab; they are in the order of their times"
        ),
    );
    let n = counts.n_clock_skewed;
    add(
        WarningKind::ClockSkew,
        n,
        format!(
            "{n} events come from clocks that were off by more than a minute, as their ids show; their corrected times are used"
        ),
    );
    let n = counts.n_rejected;
    add(
        WarningKind::RowsRejected,
        n,
        format!("{n} rows could not be read and were left out"),
    );
    let n = counts.n_identities_merged;
    add(
        WarningKind::IdentitiesMerged,
        n,
        format!("the events of {n} visitor ids were joined to the users who logged in there"),
    );
    warnings
}

/// The warning that a scope chooses people or sessions by what the report measures.
pub(crate) fn survivorship(request: &Request, scope: &Scope) -> Option<Warning> {
    let outcome = request
        .outcomes()
        .into_iter()
        .find(|name| scope.chooses_by(name))?;
    Some(Warning {
        kind: WarningKind::Survivorship,
        message: format!(
            "people or sessions are chosen by `{outcome}`, which this report measures; its rates are those of the chosen alone"
        ),
        n: None,
    })
}
