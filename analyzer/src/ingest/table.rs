//! Rows out of chunks of typed columns.

use super::cell::Cell;
use super::chunk::Chunk;
use super::error::ImportError;
use super::fields;
use super::maker::RowMaker;
use super::mapping::Mapping;
use super::plan::{Place, Plan};
use super::preset::Preset;
use super::sink::Sink;

/// Reads the chunks of one file, which all have the same columns.
pub(super) struct TableReader {
    mapping: Option<Mapping>,
    settled: Option<Settled>,
}

struct Settled {
    maker: RowMaker,
    columns: Vec<String>,
    places: Vec<Place>,
    n_rows: u64,
}

impl TableReader {
    /// Without a mapping, the columns must be those of a preset.
    pub(super) fn new(mapping: Option<Mapping>) -> Self {
        Self {
            mapping,
            settled: None,
        }
    }

    pub(super) fn push(&mut self, chunk: &Chunk, sink: &mut Sink) -> Result<(), ImportError> {
        let settled = match &mut self.settled {
            Some(settled) => settled,
            None => self
                .settled
                .insert(Settled::new(chunk, self.mapping.take())?),
        };
        settled.push(chunk, sink)?;
        if let Some(reason) = chunk.cut_reason() {
            sink.reject(settled.n_rows + 1, &reason, b"");
        }
        Ok(())
    }
}

impl Settled {
    fn new(chunk: &Chunk, mapping: Option<Mapping>) -> Result<Self, ImportError> {
        let columns: Vec<String> = chunk
            .columns()
            .iter()
            .map(|column| column.name().to_owned())
            .collect();
        let maker = RowMaker::new(&table_mapping(&columns, chunk.nested(), mapping)?)?;
        let places = maker.plan.places(&columns)?;
        Ok(Self {
            maker,
            columns,
            places,
            n_rows: 0,
        })
    }

    fn push(&mut self, chunk: &Chunk, sink: &mut Sink) -> Result<(), ImportError> {
        let columns = chunk.columns();
        if !columns.iter().map(|column| column.name()).eq(&self.columns) {
            return Err(ImportError::Chunk(
                "its columns are not those of the chunk before",
            ));
        }
        let Self {
            maker,
            columns: names,
            places,
            n_rows,
        } = self;
        let positions = maker.plan.positions(places);
        if positions.is_some_and(|at| maker.make_all(columns, &at, chunk.n_rows(), sink)) {
            *n_rows += chunk.n_rows() as u64;
            return Ok(());
        }
        for row in 0..chunk.n_rows() {
            *n_rows += 1;
            let excerpt = || {
                let mut text = String::new();
                for column in columns {
                    column.cell(row).write_text(&mut text);
                    text.push(',');
                }
                text.pop();
                text
            };
            let field = |position: usize| columns[position].cell(row);
            match fields::read_inside(&maker.plan, places, names, field) {
                Ok(inside) => {
                    let cell = |column: usize| match places[column] {
                        Place::Column(position) => field(position),
                        Place::Inside(_) => fields::find(inside.iter(), column),
                        Place::Absent => Cell::Missing,
                    };
                    maker.make(cell, sink, || *n_rows, excerpt);
                }
                Err(reason) => sink.reject(*n_rows, &reason, excerpt().as_bytes()),
            }
        }
        Ok(())
    }
}

/// The mapping for a table with these columns: the one given, or that of a preset.
///
/// # Errors
/// Where there is neither, or it does not fit.
pub(super) fn table_mapping(
    columns: &[String],
    nested: &[String],
    mapping: Option<Mapping>,
) -> Result<Mapping, ImportError> {
    let preset =
        || Preset::detect(columns).map(|preset| preset.mapping(columns).restricted(columns));
    let mapping = mapping.or_else(preset);
    let mapping = mapping.ok_or_else(|| ImportError::MappingNeeded {
        columns: columns.to_vec(),
    })?;
    if mapping.events.is_some() {
        return Err(ImportError::Mapping(
            "`events` is for JSON: a Parquet table has one event a row",
        ));
    }
    let plan = Plan::new(&mapping)?;
    // As a whole, a list is JSON, and no value.
    let mut columns_read = plan.columns.iter().zip(&plan.is_raw);
    let list = columns_read.find(|(column, is_raw)| !**is_raw && nested.contains(column));
    if let Some((column, _)) = list {
        return Err(ImportError::NestedColumn {
            column: column.clone(),
        });
    }
    plan.places(columns)?;
    Ok(mapping)
}

/// The columns of a table that an import by `mapping`, or by the preset that is found, reads; `None` where the
/// table cannot be imported, and the import will say why.
pub(super) fn needed_columns(columns: &[String], mapping: Option<Mapping>) -> Option<Vec<String>> {
    let mapping = table_mapping(columns, &[], mapping).ok()?;
    let places = Plan::new(&mapping).ok()?.places(columns).ok()?;
    let mut needed: Vec<usize> = places
        .into_iter()
        .filter_map(|place| match place {
            Place::Column(position) | Place::Inside(position) => Some(position),
            Place::Absent => None,
        })
        .collect();
    needed.sort_unstable();
    needed.dedup();
    Some(needed.into_iter().map(|at| columns[at].clone()).collect())
}
