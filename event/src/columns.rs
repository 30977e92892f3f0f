//! An event as one flat row: the columns of a Parquet export, which a collector writes and the analyzer reads.
//!
//! Nested fields are columns of their own, named `parent_field`. Properties and items are JSON text, because
//! their keys are the shop's. Every column but `id`, `ts`, `seq` and `name` may be null.

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// The type of its values.
    pub kind: ColumnType,
    /// Whether every row has a value.
    pub is_required: bool,
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text in UTF-8 (Parquet: BYTE_ARRAY, STRING).
    Text,
    /// JSON in UTF-8 (Parquet: BYTE_ARRAY, JSON).
    Json,
    /// Milliseconds since the Unix epoch, UTC (Parquet: INT64, TIMESTAMP(MILLIS, UTC)).
    Timestamp,
    /// A count from 0 to 2³² − 1 (Parquet: INT64).
    Count,
    /// A count of micro-units (Parquet: INT64, DECIMAL(18, 6)).
    Decimal,
}

const fn column(name: &'static str, kind: ColumnType, is_required: bool) -> Column {
    Column {
        name,
        kind,
        is_required,
    }
}

const fn text(name: &'static str) -> Column {
    column(name, ColumnType::Text, false)
}

/// The columns, in order.
pub const COLUMNS: &[Column] = &[
    column("id", ColumnType::Text, true),
    column("ts", ColumnType::Timestamp, true),
    column("seq", ColumnType::Count, true),
    text("visitor"),
    text("user"),
    text("session"),
    text("tab"),
    column("name", ColumnType::Text, true),
    text("page_url"),
    text("page_path"),
    text("page_title"),
    text("page_referrer"),
    text("source_first_channel"),
    text("source_first_utm_source"),
    text("source_first_utm_medium"),
    text("source_first_utm_campaign"),
    text("source_first_utm_term"),
    text("source_first_utm_content"),
    text("source_first_click_id"),
    text("source_first_referrer"),
    text("source_last_channel"),
    text("source_last_utm_source"),
    text("source_last_utm_medium"),
    text("source_last_utm_campaign"),
    text("source_last_utm_term"),
    text("source_last_utm_content"),
    text("source_last_click_id"),
    text("source_last_referrer"),
    column("props", ColumnType::Json, false),
    column("items", ColumnType::Json, false),
    column("value", ColumnType::Decimal, false),
    text("currency"),
];
