//! Files of formats that need more than the engine to be read: Arrow, what is packed with gzip, and other encodings.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Result, ensure};
use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch, TimestampMillisecondArray,
};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::dashboard::{SHOP_LOG, check_funnel, check_summary, open_file};
use crate::harness::{Browser, Stage};

const STEPS: [&str; 3] = ["view", "cart", "purchase"];

pub(crate) async fn an_arrow_file_opens(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let folder = tempfile::tempdir()?;
    browser.open(&collector.url).await?;
    let (stream, file) = shop_log()?;
    for (name, bytes, counted, n_events) in [
        ("log.arrows", &stream, [3, 2, 1], 6),
        ("log.arrow", &file, [2, 2, 1], 5),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        open_file(browser, &path).await?;
        confirm(browser).await?;
        check_funnel(browser, &STEPS, &counted).await?;
        check_summary(browser, "summary-events", n_events).await?;
    }

    // The second of two batches has not come whole: the first is there, and what is missing is said.
    let path = folder.path().join("cut.arrows");
    std::fs::write(&path, &stream[..stream.len() - 100])?;
    open_file(browser, &path).await?;
    confirm(browser).await?;
    check_funnel(browser, &STEPS, &[1, 1, 1]).await?;
    browser.click("[data-testid=rejections] summary").await?;
    let panel = browser.find("[data-testid=rejections]").await?;
    let words = panel.text().await?;
    ensure!(words.contains("the file is cut off"), "{words}");

    let path = folder.path().join("broken.arrow");
    std::fs::write(&path, b"ARROW1\0\0\x08\0\0\0and nothing of the kind")?;
    open_file(browser, &path).await?;
    let words = browser.find("[data-testid=error]").await?.text().await?;
    ensure!(words.contains("not a readable Arrow file"), "{words}");
    check_funnel(browser, &STEPS, &[1, 1, 1]).await
}

pub(crate) async fn a_text_of_another_encoding_opens(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let folder = tempfile::tempdir()?;
    browser.open(&collector.url).await?;
    // As Excel writes CSV in the west. A brand is kept as a property, and shown as one.
    let table = SHOP_LOG.replace("hearth", "Höganäs");
    let western: Vec<u8> = table.chars().map(|letter| letter as u8).collect();
    let path = folder.path().join("western.csv");
    std::fs::write(&path, western)?;
    open_file(browser, &path).await?;
    browser.find("[data-testid=import-dialog][open]").await?;
    let shown = async |label: &str, brand: &str| {
        let expression = format!(
            "document.querySelector('[data-testid=encoding]').value === '{label}' && \
             document.querySelector('.sample').textContent.includes('{brand}')"
        );
        browser.until(label, &expression).await
    };
    // It is proposed, and what it is taken for is seen.
    shown("windows-1252", "Höganäs").await?;
    for (label, brand) in [("windows-1251", "Hцganдs"), ("windows-1252", "Höganäs")] {
        let choose = format!(
            "const select = document.querySelector('[data-testid=encoding]'); \
             select.value = '{label}'; select.dispatchEvent(new Event('change'))"
        );
        browser.run(&choose).await?;
        shown(label, brand).await?;
    }
    browser.click("[data-testid=import-confirm]").await?;
    check_funnel(browser, &STEPS, &[2, 1, 1]).await?;
    check_summary(browser, "summary-events", 4).await
}

pub(crate) async fn orders_need_no_column_for_what_happened(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("orders.csv");
    // Two orders of one customer, the first of two products, and one of another.
    let table = "CustomerID,InvoiceNo,date,time,StockCode,UnitPrice,Quantity\n\
        17850,536365,2024-05-01,08:26,85123A,$2.55,6\n\
        17850,536365,2024-05-01,08:26,71053,$3.39,6\n\
        17850,536366,2024-05-03,08:28,22633,$1.85,6\n\
        13047,536367,2024-05-01,08:34,84879,$1.69,32\n";
    std::fs::write(&path, table)?;
    browser.open(&collector.url).await?;
    open_file(browser, &path).await?;
    // All is proposed: whoever wants other words for it writes them.
    browser
        .until(
            "a proposal",
            "['name_constant', 'time', 'time_of_day'].map((name) => \
             document.querySelector(`desire-import [name=${name}]`)?.value).join() === 'purchase,date,time'",
        )
        .await?;
    browser
        .run(
            "const name = document.querySelector('[name=name_constant]'); \
             name.value = 'sale'; name.dispatchEvent(new Event('change'))",
        )
        .await?;
    browser.click("[data-testid=import-confirm]").await?;
    check_summary(browser, "summary-people", 2).await?;
    check_summary(browser, "summary-events", 3).await?;
    check_funnel(browser, &["sale"], &[2]).await?;

    let path = folder.path().join("days.csv");
    let table =
        "session ID;event;year;month;day\n1;look;2008;4;1\n1;buy;2008;4;12\n2;look;2008;12;30\n";
    std::fs::write(&path, table)?;
    open_file(browser, &path).await?;
    browser
        .until(
            "a time of three columns",
            "document.querySelector('desire-import [name=time]')?.value === '{year}-{month}-{day}'",
        )
        .await?;
    browser.click("[data-testid=import-confirm]").await?;
    check_summary(browser, "summary-events", 3).await?;
    check_funnel(browser, &["look", "buy"], &[2, 0]).await
}

pub(crate) async fn a_packed_file_opens(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let folder = tempfile::tempdir()?;
    browser.open(&collector.url).await?;
    let mut packing = GzEncoder::new(Vec::new(), Compression::default());
    packing.write_all(SHOP_LOG.as_bytes())?;
    let packed = packing.finish()?;
    let path = folder.path().join("shop-log.csv.gz");
    std::fs::write(&path, &packed)?;
    open_file(browser, &path).await?;
    confirm(browser).await?;
    check_funnel(browser, &STEPS, &[2, 1, 1]).await?;
    check_summary(browser, "summary-events", 4).await?;

    // As spreadsheets write "Unicode text".
    let units = "\u{feff}".encode_utf16().chain(SHOP_LOG.encode_utf16());
    let text: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    let path = folder.path().join("unicode.txt");
    std::fs::write(&path, text)?;
    open_file(browser, &path).await?;
    confirm(browser).await?;
    // The file before has the same events.
    browser
        .until(
            "the file's title",
            "document.querySelector('h1').textContent === 'unicode.txt'",
        )
        .await?;
    check_funnel(browser, &STEPS, &[2, 1, 1]).await?;
    check_summary(browser, "summary-events", 4).await?;

    let path = folder.path().join("cut.csv.gz");
    std::fs::write(&path, &packed[..packed.len() - 20])?;
    open_file(browser, &path).await?;
    let words = browser.find("[data-testid=error]").await?.text().await?;
    ensure!(
        words.contains("cut.csv.gz") && words.contains("cut off"),
        "{words}"
    );
    check_funnel(browser, &STEPS, &[2, 1, 1]).await
}

/// Says that the proposed columns are right.
pub(crate) async fn confirm(browser: &Browser) -> Result<()> {
    browser.find("[data-testid=import-dialog][open]").await?;
    browser.click("[data-testid=import-confirm]").await
}

/// The columns of the REES46 shop logs, in two batches with one dictionary: as a stream, and, without the last row, as a
/// file.
fn shop_log() -> Result<(Vec<u8>, Vec<u8>)> {
    let times = (0..6).map(|minute| 1_714_557_600_000 + minute * 60_000);
    let names = ["view", "cart", "purchase", "view", "cart", "view"];
    let names: DictionaryArray<Int8Type> = names.into_iter().collect();
    let columns: [(&str, ArrayRef); 5] = [
        (
            "event_time",
            Arc::new(TimestampMillisecondArray::from_iter_values(times)),
        ),
        ("event_type", Arc::new(names)),
        ("product_id", Arc::new(Int64Array::from(vec![17; 6]))),
        ("price", Arc::new(Float64Array::from(vec![35.79; 6]))),
        (
            "user_id",
            Arc::new(Int64Array::from(vec![1, 1, 1, 2, 2, 3])),
        ),
    ];
    let rows = RecordBatch::try_from_iter(columns)?;
    let mut stream = StreamWriter::try_new(Vec::new(), &rows.schema())?;
    let mut file = FileWriter::try_new(Vec::new(), &rows.schema())?;
    for (start, end) in [(0, 3), (3, 6)] {
        stream.write(&rows.slice(start, end - start))?;
        file.write(&rows.slice(start, end.min(5) - start))?;
    }
    Ok((stream.into_inner()?, file.into_inner()?))
}
