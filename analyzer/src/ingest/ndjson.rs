//! Our own export: one event object a line, without an envelope.

use std::fmt::{self, Display};

use event::Decimal;

use super::json::{Items, Prop, Props, Text, WireEvent, text};
use super::lines::{Line, Lines};
use super::sink::Sink;
use crate::dataset::RowError;
use crate::row::{ItemRef, PropRef, Row};

/// Properties that an event's source becomes, named like the columns of [`event::columns`].
const SOURCE_COLUMNS: [&str; 4] = [
    "source_last_channel",
    "source_last_utm_source",
    "source_last_utm_medium",
    "source_last_utm_campaign",
];

/// Reads one file of events.
#[derive(Default)]
pub(super) struct NdjsonReader {
    lines: Lines,
}

impl NdjsonReader {
    pub(super) fn push(&mut self, input: &[u8], sink: &mut Sink) {
        self.lines
            .push(input, |number, line| take(number, line, sink));
    }

    pub(super) fn finish(&mut self, sink: &mut Sink) {
        self.lines.finish(|number, line| take(number, line, sink));
    }
}

fn take(number: u64, line: Line<'_>, sink: &mut Sink) {
    let line = match line {
        Ok(line) => line,
        Err(bad) => return sink.reject(number, &bad.fault, bad.bytes),
    };
    match serde_json::from_str(line) {
        Ok(event) => {
            if let Err(problem) = push(&event, sink) {
                sink.reject(number, &problem, line.as_bytes());
            }
        }
        Err(error) => sink.reject(number, &JsonFault(&error), line.as_bytes()),
    }
}

fn push(event: &WireEvent<'_>, sink: &mut Sink) -> Result<(), RowError> {
    let WireEvent {
        props: Props(props),
        items: Items(items),
        page,
        source,
        ..
    } = event;
    let touch = source.as_ref().and_then(|source| source.last.as_ref());
    let source_props = touch.into_iter().flat_map(|touch| {
        let fields = [
            &touch.channel,
            &touch.utm_source,
            &touch.utm_medium,
            &touch.utm_campaign,
        ];
        SOURCE_COLUMNS.into_iter().zip(fields)
    });
    let source_props =
        source_props.filter_map(|(key, field)| Some((key, PropRef::String(text(field)?))));
    let own_props = props
        .iter()
        .map(|(key, value): &(Text<'_>, Prop<'_>)| (key.as_str(), value.borrow()));
    let props: Vec<(&str, PropRef<'_>)> = source_props.chain(own_props).collect();
    let items: Vec<ItemRef<'_>> = items.iter().map(|item| item.borrow()).collect();
    let page = page
        .as_ref()
        .and_then(|page| text(&page.url).or_else(|| text(&page.path)));
    sink.take(&Row {
        id: Some(event.id.as_u128()),
        ts: event.ts,
        seq: event.seq,
        tab: text(&event.tab),
        visitor: text(&event.visitor),
        user: text(&event.user),
        name: event.name.as_str(),
        page,
        value_micros: event.value.map(Decimal::micros),
        currency: text(&event.currency),
        props: &props,
        items: &items,
    })
}

/// A message of the JSON parser. It sees one line at a time, so its "line 1" would mislead.
pub(super) struct JsonFault<'a>(pub(super) &'a serde_json::Error);

impl Display for JsonFault<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            &self
                .0
                .to_string()
                .replace(" at line 1 column ", " at column "),
        )
    }
}
