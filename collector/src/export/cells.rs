//! The flat form of an event: what stands in each column of [`event::columns`].

use std::borrow::Cow;

use event::json::{std_float, write_items, write_props};
use event::{Event, Page, Touch};

/// What stands in one column of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// Text or JSON.
    Text(Cow<'a, str>),
    /// A time in milliseconds, a count, or an amount in micro-units.
    Integer(i64),
}

/// Takes the cell of one column out of an event.
pub type Reader = for<'a> fn(&'a Event) -> Cell<'a>;

/// The reader of a column; `None` where there is no such column.
pub fn reader(column: &str) -> Option<Reader> {
    Some(match column {
        "id" => |event| Cell::Text(event.id.to_string().into()),
        "ts" => |event| Cell::Integer(event.ts),
        "seq" => |event| Cell::Integer(event.seq.into()),
        "visitor" => |event| text(event.visitor.as_ref()),
        "user" => |event| text(event.user.as_ref()),
        "session" => |event| text(event.session.as_ref()),
        "tab" => |event| text(event.tab.as_ref()),
        "name" => |event| text(Some(&event.name)),
        "page_url" => |event| page(event, |page| &page.url),
        "page_path" => |event| page(event, |page| &page.path),
        "page_title" => |event| page(event, |page| &page.title),
        "page_referrer" => |event| page(event, |page| &page.referrer),
        "source_first_channel" => |event| first(event, |touch| &touch.channel),
        "source_first_utm_source" => |event| first(event, |touch| &touch.utm_source),
        "source_first_utm_medium" => |event| first(event, |touch| &touch.utm_medium),
        "source_first_utm_campaign" => |event| first(event, |touch| &touch.utm_campaign),
        "source_first_utm_term" => |event| first(event, |touch| &touch.utm_term),
        "source_first_utm_content" => |event| first(event, |touch| &touch.utm_content),
        "source_first_click_id" => |event| first(event, |touch| &touch.click_id),
        "source_first_referrer" => |event| first(event, |touch| &touch.referrer),
        "source_last_channel" => |event| last(event, |touch| &touch.channel),
        "source_last_utm_source" => |event| last(event, |touch| &touch.utm_source),
        "source_last_utm_medium" => |event| last(event, |touch| &touch.utm_medium),
        "source_last_utm_campaign" => |event| last(event, |touch| &touch.utm_campaign),
        "source_last_utm_term" => |event| last(event, |touch| &touch.utm_term),
        "source_last_utm_content" => |event| last(event, |touch| &touch.utm_content),
        "source_last_click_id" => |event| last(event, |touch| &touch.click_id),
        "source_last_referrer" => |event| last(event, |touch| &touch.referrer),
        "props" => |event| {
            json(event.props.is_empty(), |out| {
                write_props(out, &event.props, std_float);
            })
        },
        "items" => |event| {
            json(event.items.is_empty(), |out| {
                write_items(out, &event.items);
            })
        },
        "value" => |event| {
            event
                .value
                .map_or(Cell::Null, |value| Cell::Integer(value.micros()))
        },
        "currency" => |event| text(event.currency.as_ref()),
        _ => return None,
    })
}

fn text(text: Option<&String>) -> Cell<'_> {
    text.map_or(Cell::Null, |text| Cell::Text(text.into()))
}

fn page(event: &Event, field: fn(&Page) -> &Option<String>) -> Cell<'_> {
    text(event.page.as_ref().and_then(|page| field(page).as_ref()))
}

fn first(event: &Event, field: fn(&Touch) -> &Option<String>) -> Cell<'_> {
    let touch = event
        .source
        .as_ref()
        .and_then(|source| source.first.as_ref());
    text(touch.and_then(|touch| field(touch).as_ref()))
}

fn last(event: &Event, field: fn(&Touch) -> &Option<String>) -> Cell<'_> {
    let touch = event
        .source
        .as_ref()
        .and_then(|source| source.last.as_ref());
    text(touch.and_then(|touch| field(touch).as_ref()))
}

fn json<'a>(is_empty: bool, write: impl FnOnce(&mut String)) -> Cell<'a> {
    if is_empty {
        return Cell::Null;
    }
    let mut text = String::new();
    write(&mut text);
    Cell::Text(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_reader() {
        for column in event::columns::COLUMNS {
            assert!(reader(column.name).is_some(), "{}", column.name);
        }
    }
}
