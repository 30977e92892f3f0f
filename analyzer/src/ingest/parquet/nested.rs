//! Lists and maps as JSON, put together again from the levels of their columns.
//!
//! Every value carries how much of what is around it was there (its definition level), and at which of the lists
//! around it a new element begins (its repetition level). See
//! [Dremel](https://research.google/pubs/dremel-interactive-analysis-of-web-scale-datasets/), section 4.

use std::ops::Range;

use super::hybrid::damaged;
use super::schema::{Nested, Node, Shape};
use super::values::Read;
use crate::ingest::cell::Cell;
use crate::ingest::chunk::{Texts, Values};
use crate::ingest::error::ImportError;
use crate::ingest::nested::{close, write_cell, write_text};

/// The next `n_rows` values of a nested column from what was read of its leaves; missing where the list is null.
///
/// # Errors
/// Where the leaves contradict each other.
pub(super) fn to_json(
    nested: &Nested,
    leaves: Vec<Read>,
    n_rows: usize,
) -> Result<(Vec<bool>, Values), ImportError> {
    let maxima = nested.leaves.iter().map(|leaf| leaf.max_def_level);
    let cursors = leaves.into_iter().zip(maxima);
    let mut cursors: Vec<Cursor> = cursors
        .map(|(read, max_def_level)| Cursor {
            read,
            max_def_level,
            at: 0,
            next_value: 0,
        })
        .collect();
    let mut texts = Texts::default();
    let mut is_present = Vec::with_capacity(n_rows);
    let mut text = String::new();
    for _ in 0..n_rows {
        text.clear();
        if write(&nested.node, &mut cursors, &mut text)? {
            texts.push(&text);
            is_present.push(true);
        } else {
            is_present.push(false);
        }
        if cursors.iter().any(|cursor| cursor.rep_level() > 0) {
            return Err(damaged());
        }
    }
    Ok((is_present, Values::Text(texts)))
}

/// What was read of a leaf, and how far it is used.
struct Cursor {
    read: Read,
    max_def_level: i16,
    at: usize,
    next_value: usize,
}

impl Cursor {
    fn def_level(&self) -> Result<i16, ImportError> {
        self.read
            .def_levels
            .get(self.at)
            .copied()
            .ok_or_else(damaged)
    }

    /// That of the next value; 0 at the end.
    fn rep_level(&self) -> i16 {
        self.read.rep_levels.get(self.at).copied().unwrap_or(0)
    }

    /// Uses up one value.
    fn next(&mut self) -> Result<Cell<'_>, ImportError> {
        let is_there = self.def_level()? == self.max_def_level;
        self.at += 1;
        if !is_there {
            return Ok(Cell::Missing);
        }
        let value = self.next_value;
        self.next_value += 1;
        if value >= self.read.values.len() {
            return Err(damaged());
        }
        Ok(self.read.values.cell(value))
    }
}

/// Uses up one value of each of these leaves, of which none is there.
fn skip(leaves: &Range<usize>, cursors: &mut [Cursor]) -> Result<(), ImportError> {
    for cursor in cursors.get_mut(leaves.clone()).ok_or_else(damaged)? {
        cursor.next()?;
    }
    Ok(())
}

/// Writes the next value of `node`; or writes nothing, and gives false, where there is none.
fn write(node: &Node, cursors: &mut [Cursor], out: &mut String) -> Result<bool, ImportError> {
    let first = node.leaves.start;
    if cursors[first].def_level()? < node.def_level {
        skip(&node.leaves, cursors)?;
        return Ok(false);
    }
    match &node.shape {
        Shape::Value(leaf) => {
            let cell = cursors[*leaf].next()?;
            if cell == Cell::Missing {
                return Ok(false);
            }
            write_cell(cell, out);
        }
        Shape::Struct(fields) => {
            out.push('{');
            for (name, field) in fields {
                write_field(|out| write_text(name, out), field, cursors, out)?;
            }
            close(out, '}');
        }
        Shape::List {
            def_level,
            rep_level,
            element,
        } => {
            out.push('[');
            each(node, *def_level, *rep_level, cursors, |cursors| {
                if !write(element, cursors, out)? {
                    out.push_str("null");
                }
                out.push(',');
                Ok(())
            })?;
            close(out, ']');
        }
        Shape::Map {
            def_level,
            rep_level,
            key,
            value,
        } => {
            out.push('{');
            let mut name = String::new();
            each(node, *def_level, *rep_level, cursors, |cursors| {
                let cell = cursors[key.leaves.start].next()?;
                name.clear();
                cell.write_text(&mut name);
                let write_name = |out: &mut String| write_text(&name, out);
                match value {
                    Some(value) => write_field(write_name, value, cursors, out),
                    None => {
                        write_name(out);
                        out.push_str(":true,");
                        Ok(())
                    }
                }
            })?;
            close(out, '}');
        }
    }
    Ok(true)
}

/// Calls `take` for each element of a list.
fn each(
    node: &Node,
    def_level: i16,
    rep_level: i16,
    cursors: &mut [Cursor],
    mut take: impl FnMut(&mut [Cursor]) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let first = node.leaves.start;
    if cursors[first].def_level()? < def_level {
        return skip(&node.leaves, cursors);
    }
    loop {
        take(cursors)?;
        if cursors[first].rep_level() != rep_level {
            return Ok(());
        }
    }
}

/// Writes a field, its name and a comma. Of what is missing, only structs and lists are written, as null: a pair
/// whose value is missing is still one.
fn write_field(
    write_name: impl FnOnce(&mut String),
    field: &Node,
    cursors: &mut [Cursor],
    out: &mut String,
) -> Result<(), ImportError> {
    let start = out.len();
    write_name(out);
    out.push(':');
    if write(field, cursors, out)? {
        out.push(',');
    } else if matches!(field.shape, Shape::Value(_)) {
        out.truncate(start);
    } else {
        out.push_str("null,");
    }
    Ok(())
}
