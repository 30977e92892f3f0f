//! What a dataset holds, in numbers: the first thing that a person sees after an import.

use serde::Serialize;

use super::Dataset;
use crate::analysis::filter::ItemKey;
use crate::ranking::greatest_first;

/// What a dataset holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct Summary {
    /// Events, without duplicates and rejected rows.
    pub n_events: u64,
    /// People with at least one event.
    pub n_people: u64,
    /// Sessions of all people.
    pub n_sessions: u64,
    /// Time of the first event, in milliseconds since the Unix epoch; `null` without events.
    pub first_ts: Option<i64>,
    /// Time of the last event, in milliseconds since the Unix epoch; `null` without events.
    pub last_ts: Option<i64>,
    /// Event names, the commonest first, then by name.
    pub names: Vec<NameCount>,
    /// Page templates, the commonest first, then by template.
    pub page_templates: Vec<TemplateCount>,
    /// Property keys, the commonest first, then by key.
    pub props: Vec<PropCount>,
    /// Item fields that at least one item has, such as `item_id`.
    pub item_keys: Vec<String>,
    /// ISO 4217 codes in alphabetical order.
    pub currencies: Vec<String>,
    /// Events dropped because their id had been seen.
    pub n_duplicates: u64,
    /// Purchases dropped because their `transaction_id` had been seen.
    pub n_repeated_purchases: u64,
    /// Rows that the import could not use.
    pub n_rejected: u64,
    /// Visitor ids whose events before or after a login were joined to a user.
    pub n_identities_merged: u64,
    /// Pause that separates two sessions, in milliseconds.
    pub session_gap_millis: i64,
    /// Bytes that the core columns use for one event: time, name, page and postings.
    pub core_bytes_per_event: f64,
}

/// How often an event name occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct NameCount {
    /// Name of the event.
    pub name: String,
    /// Events of that name.
    pub n_events: u64,
    /// People with at least one event of that name.
    pub n_people: u64,
}

/// How often a page template occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct TemplateCount {
    /// Page template, such as `/p/:id`.
    pub template: String,
    /// Events on such a page.
    pub n_events: u64,
}

/// How often a property is present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct PropCount {
    /// Key of the property.
    pub key: String,
    /// Events that have it.
    pub n_events: u64,
}

pub(super) fn summary(dataset: &Dataset) -> Summary {
    Summary {
        n_events: dataset.n_events() as u64,
        n_people: dataset.n_people() as u64,
        n_sessions: dataset.n_sessions() as u64,
        first_ts: dataset.first_ts,
        last_ts: dataset.last_ts,
        names: names(dataset),
        page_templates: page_templates(dataset),
        props: props(dataset),
        item_keys: item_keys(dataset),
        currencies: currencies(dataset),
        n_duplicates: dataset.counts.n_duplicates,
        n_repeated_purchases: dataset.counts.n_repeated_purchases,
        n_rejected: dataset.counts.n_rejected,
        n_identities_merged: dataset.counts.n_identities_merged,
        session_gap_millis: dataset.session_gap_millis,
        core_bytes_per_event: dataset.core_bytes_per_event(),
    }
}

fn names(dataset: &Dataset) -> Vec<NameCount> {
    let mut n_people = vec![0_u64; dataset.names.len()];
    let mut last_person = vec![usize::MAX; dataset.names.len()];
    for (person, rows) in dataset.person_starts.windows(2).enumerate() {
        for row in rows[0] as usize..rows[1] as usize {
            let name = dataset.name.get(row) as usize;
            n_people[name] += u64::from(last_person[name] != person);
            last_person[name] = person;
        }
    }
    let mut names: Vec<NameCount> = dataset
        .names
        .texts()
        .enumerate()
        .map(|(code, name)| NameCount {
            name: name.to_owned(),
            n_events: dataset.rows_of_name(code).len() as u64,
            n_people: n_people[code],
        })
        .filter(|name| name.n_events > 0)
        .collect();
    greatest_first(&mut names, |name| name.n_events);
    names
}

fn page_templates(dataset: &Dataset) -> Vec<TemplateCount> {
    let mut n_events = vec![0_u64; dataset.templates.len() + 1];
    if let Some(page) = &dataset.page {
        (0..dataset.n_events()).for_each(|row| n_events[page.get(row) as usize] += 1);
    }
    let counts = dataset.templates.texts().zip(n_events.into_iter().skip(1));
    let mut templates: Vec<TemplateCount> = counts
        .filter(|&(_, n_events)| n_events > 0)
        .map(|(template, n_events)| TemplateCount {
            template: template.to_owned(),
            n_events,
        })
        .collect();
    greatest_first(&mut templates, |template| template.n_events);
    templates
}

fn props(dataset: &Dataset) -> Vec<PropCount> {
    let mut props: Vec<PropCount> = dataset
        .props
        .iter()
        .map(|prop| PropCount {
            key: prop.key.clone(),
            n_events: prop.rows.len() as u64,
        })
        .filter(|prop| prop.n_events > 0)
        .collect();
    greatest_first(&mut props, |prop| prop.n_events);
    props
}

fn item_keys(dataset: &Dataset) -> Vec<String> {
    let fields = ItemKey::ALL.iter().zip(&dataset.items.fields);
    fields
        .filter(|(_, field)| (0..field.codes.len()).any(|item| field.code(item) != 0))
        .map(|(key, _)| key.as_str().to_owned())
        .collect()
}

fn currencies(dataset: &Dataset) -> Vec<String> {
    let amounts = &dataset.amounts;
    let mut is_used = vec![false; amounts.currencies.len()];
    for entry in 0..amounts.currency.len() {
        is_used[amounts.currency.get(entry) as usize] = true;
    }
    let used = amounts.currencies.texts().zip(is_used);
    used.filter(|(code, is_used)| *is_used && !code.is_empty())
        .map(|(code, _)| code.to_owned())
        .collect()
}
