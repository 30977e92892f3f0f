//! The engine in workers: several that share the people say what one says, live data grows, and days begin where the
//! browser's time zones have them.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::dashboard::{check_funnel, open_file};
use crate::harness::{Browser, SITE, Stage, eventually};

/// Runs a module in a page and waits for what it leaves as `outcome`.
async fn outcome(browser: &Browser, url: &str, module: &str) -> Result<Value> {
    // A page without a tracker, whose events would be counted too.
    browser.open(&format!("{url}/?site=none")).await?;
    browser.find("[data-testid=empty]").await?;
    let module = format!(
        "import {{ openDataset }} from '/elements.js';
         const work = async () => {{ {module} }};
         window.outcome = await work().catch((problem) => ({{ problem: String(problem) }}));"
    );
    let add = format!(
        "const tag = document.createElement('script');
         tag.type = 'module';
         tag.textContent = {};
         document.body.append(tag);
         return true;",
        json!(module)
    );
    browser.run(&add).await?;
    let outcome = eventually("the outcome of a module", async || {
        let outcome = browser.run("return window.outcome ?? null").await?;
        ensure!(!outcome.is_null(), "nothing yet");
        Ok(outcome)
    })
    .await?;
    ensure!(outcome.get("problem").is_none(), "{outcome}");
    Ok(outcome)
}

/// Events of some thousand people over a month, some of whom log in, buy, or are bots; no two runs differ.
const TRAFFIC: &str = "
    let state = 7;
    const next = (n) => (state = (state * 48271) % 2147483647) % n;
    const names = ['page_view', 'view_item', 'add_to_cart', 'purchase', 'rage_click'];
    const id = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const lines = Array.from({ length: 30000 }, (_, n) => {
      const visitor = next(3000);
      const event = { id: id(n), ts: 1788825600000 + next(2592000) * 1000, seq: n, name: names[next(5)],
        visitor: id(visitor), session: id(visitor), page: { path: `/p/${next(40)}` },
        props: { colour: ['red', 'blue', 'green'][next(3)], bot_score: next(50) ? 0 : 0.9, n: next(1000) } };
      if (visitor % 7 === 0) event.user = `u${visitor % 500}`;
      if (event.name === 'purchase') Object.assign(event, { value: next(9000) / 100, currency: ['EUR', 'USD'][next(2)] });
      return JSON.stringify(event);
    });
    const file = new Blob([lines.join('\\n')]);
    const step = (name) => ({ filter: { name } });
    const funnel = { analysis: 'funnel', steps: ['view_item', 'add_to_cart', 'purchase'].map(step),
      window_millis: 864e5, trend: { by: 'day', time_zone: 'Europe/Berlin' },
      breakdown: { by: { prop: 'colour' } }, correlation: {} };
    const requests = [funnel, { analysis: 'paths' }, { analysis: 'transitions' }, { analysis: 'step_matrix' },
      { analysis: 'exact_paths', length: 3, goal: { name: 'purchase' } }, { analysis: 'carts' }, { analysis: 'friction' },
      { analysis: 'path_pattern', pattern: 'view_item -> .* -> purchase' },
      { analysis: 'compare', request: { analysis: 'paths' }, a: { people: { did: { filter: { name: 'purchase' } } } },
        b: { people: { did: { filter: { name: 'purchase' }, at_most: 0 } } } }];";

pub(crate) async fn several_workers_say_what_one_says(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let module = format!(
        "{TRAFFIC}
         const one = await openDataset(file, {{ workers: 1 }});
         const three = await openDataset(file, {{ workers: 3 }});
         const differing = [];
         let last = 0;
         for (const request of requests) {{
           const onProgress = ({{ fraction }}) => (last = fraction);
           const reports = await Promise.all([one.run(request), three.run(request, {{ onProgress }})]);
           const [a, b] = reports.map((report) => JSON.stringify(report));
           if (a !== b || a.length < 100) differing.push(request.analysis);
         }}
         const told = (promise) => promise.then(() => 'an answer', (problem) => `${{problem.name}}: ${{problem.message}}`);
         const abort = new AbortController();
         const stopped = told(three.run(funnel, {{ signal: abort.signal }}));
         abort.abort();
         const wrong = {{ ...funnel, steps: [] }};
         const outcome = {{
           workers: [one.workers, three.workers], differing, last, stopped: await stopped,
           wrong: [await told(one.run(wrong)), await told(three.run(wrong))],
           after: (await three.run(funnel)).n_units === (await one.run(funnel)).n_units,
           live: await told(three.append(new Blob(['']))),
         }};
         three.close();
         return {{ ...outcome, closed: await told(three.run(funnel)) }};"
    );
    let found = outcome(browser, &collector.url, &module).await?;
    ensure!(found["workers"] == json!([1, 3]), "{found}");
    ensure!(found["differing"] == json!([]), "{found}");
    ensure!(
        found["last"].as_f64().is_some_and(|last| last <= 1.0),
        "{found}"
    );
    ensure!(
        found["stopped"] == "AbortError: The question was cancelled.",
        "{found}"
    );
    ensure!(found["wrong"][0] == found["wrong"][1], "{found}");
    let wrong = found["wrong"][0].as_str().context("an error is a text")?;
    ensure!(wrong.starts_with("Error: steps has 0 entries"), "{wrong}");
    ensure!(found["after"] == true, "{found}");
    ensure!(
        found["live"] == "Error: the data is not live; open it as live data",
        "{found}"
    );
    ensure!(
        found["closed"] == "Error: this dataset is closed; open it again",
        "{found}"
    );
    Ok(())
}

/// A worker ends without a word where the browser takes its memory; here the page ends it.
pub(crate) async fn a_worker_that_dies_is_told(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let module = format!(
        "{TRAFFIC}
         let made = [];
         const Real = window.Worker;
         window.Worker = class extends Real {{ constructor(...rest) {{ super(...rest); made.push(this); }} }};
         const told = (promise) => promise.then(() => 'an answer', (problem) => `${{problem.name}}: ${{problem.message}}`);
         const outcome = {{ asked: [], later: [] }};
         // The importer ends by itself; then the one that adds up, and one that only scans.
         for (const victim of [1, 3]) {{
           made = [];
           const three = await openDataset(file, {{ workers: 3 }});
           const asked = told(three.run(funnel));
           made[victim].terminate();
           outcome.asked.push(made.length, await asked);
           outcome.later.push(await told(three.run(funnel)));
           three.close();
         }}
         made = [];
         const one = await openDataset(file, {{ workers: 1 }});
         const asked = told(one.run(funnel));
         made[0].terminate();
         outcome.asked.push(made.length, await asked);
         outcome.opening = await told(openDataset(file, {{ onProgress: () => made[1].terminate() }}));
         const again = await openDataset(file, {{ workers: 3 }});
         outcome.again = (await again.run(funnel)).n_units > 1000;
         return outcome;"
    );
    let found = outcome(browser, &collector.url, &module).await?;
    let ended = "Error: the worker has ended, most likely because the memory of this tab did; open the data again";
    ensure!(
        found["asked"] == json!([4, ended, 4, ended, 1, ended]),
        "{found}"
    );
    ensure!(found["later"] == json!([ended, ended]), "{found}");
    ensure!(found["opening"] == ended, "{found}");
    ensure!(found["again"] == true, "{found}");
    Ok(())
}

pub(crate) async fn live_data_grows_to_what_all_of_it_gives(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let module = format!(
        "{TRAFFIC}
         const events = lines.map((line) => JSON.parse(line));
         const send = async (from, to) => {{
           for (let n = from; n < to; n += 100) {{
             const batch = {{ schema: 1, id: id(n + 1e6), site: '{SITE}', sdk: 'test/1', sent_at: Date.now(),
               events: events.slice(n, n + 100) }};
             const answer = await fetch('/v1/batch', {{ method: 'POST', body: JSON.stringify(batch) }});
             if (!answer.ok) throw new Error(await answer.text());
           }}
         }};
         const url = '/v1/sites/{SITE}/events?format=ndjson';
         await send(0, 600);
         let live = await openDataset(url, {{ live: true }});
         const grown = [live.summary.n_events];
         for (const end of [600, 700, 1200]) {{
           await send(600, end);
           live = await live.append(`${{url}}&after=${{live.position}}`);
           grown.push(live.summary.n_events);
         }}
         const whole = await openDataset(url);
         const differing = [];
         for (const request of requests) {{
           const reports = await Promise.all([live.run(request), whole.run(request)]);
           if (JSON.stringify(reports[0]) !== JSON.stringify(reports[1])) differing.push(request.analysis);
         }}
         return {{ grown, differing }};"
    );
    let found = outcome(browser, &collector.url, &module).await?;
    ensure!(found["grown"] == json!([600, 600, 700, 1200]), "{found}");
    ensure!(found["differing"] == json!([]), "{found}");
    Ok(())
}

pub(crate) async fn a_click_in_the_shop_moves_a_number(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let shop = format!("{}/shop/", collector.url);
    let product = "[data-testid=product-steel-kettle]";
    browser.open(&shop).await?;
    browser.click(product).await?;
    browser.loaded("[data-testid=add-to-cart]").await?;
    browser.open("about:blank").await?;
    let view = format!("{}/?site={SITE}&steps=view_item,add_to_cart", collector.url);
    browser.open(&view).await?;
    check_funnel(browser, &["view_item", "add_to_cart"], &[1, 0]).await?;
    let opened = "window.opened ??= document.querySelector('desire-funnel').data; return true";
    browser.run(opened).await?;

    let dashboard = browser.client.window().await?;
    browser.open_tab().await?;
    browser.open(&shop).await?;
    browser.click(product).await?;
    browser.click("[data-testid=add-to-cart]").await?;
    browser.loaded("[data-testid=cart-link]").await?;
    eventually("the click", async || {
        let events = collector.events().await?;
        let is_told = events.iter().any(|event| event.name == "add_to_cart");
        ensure!(is_told, "{} events so far", events.len());
        Ok(())
    })
    .await?;
    browser.close_tab().await?;
    browser.client.switch_to_window(dashboard).await?;
    check_funnel(browser, &["view_item", "add_to_cart"], &[1, 1]).await?;
    // What was opened first still answers: it was added to, and not opened again.
    let asked = "window.opened.run({ analysis: 'carts' }).then(() => (window.answered = true)); return true";
    browser.run(asked).await?;
    eventually("an answer of what was opened first", async || {
        let answered = browser.run("return window.answered === true").await?;
        ensure!(answered == true, "none yet");
        Ok(())
    })
    .await
}

pub(crate) async fn days_begin_where_the_zone_has_them(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let module = "
         const hour = 3600000;
         // Every hour of the days around the ends of summer time in New York and in Lord Howe, of half an hour.
         const lines = (start) => Array.from({ length: 96 }, (_, n) => JSON.stringify({
           id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, ts: start + n * hour, seq: 0,
           name: 'view', visitor: `00000000-0000-4000-8001-${String(n).padStart(12, '0')}` }));
         const days = async (start, zone) => {
           const dataset = await openDataset(new Blob([lines(start).join('\\n')]));
           const report = await dataset.run({ analysis: 'funnel', steps: [{ filter: { name: 'view' } }],
             trend: { by: 'day', time_zone: zone } });
           dataset.close();
           return report.trend.periods.map(({ start_ts, n_units }) => [(start_ts - start) / hour, n_units[0]]);
         };
         return {
           york: await days(Date.UTC(2026, 9, 31), 'America/New_York'),
           berlin: await days(Date.UTC(2026, 2, 28), 'Europe/Berlin'),
           howe: await days(Date.UTC(2026, 3, 4), 'Australia/Lord_Howe'),
         };";
    let found = outcome(browser, &collector.url, module).await?;
    // Hours from the first midnight in UTC to that in the zone, and events of the day: 25 hours in New York, whose
    // second midnight is 4 hours behind and whose third is 5; 23 in Berlin; half an hour more on Lord Howe.
    let expected = json!({
        "york": [[-20.0, 4], [4.0, 24], [28.0, 25], [53.0, 24], [77.0, 19]],
        "berlin": [[-1.0, 23], [23.0, 23], [46.0, 24], [70.0, 24], [94.0, 2]],
        "howe": [[-11.0, 13], [13.0, 25], [37.5, 24], [61.5, 24], [85.5, 10]],
    });
    let numbers =
        |value: &Value| -> Option<Vec<[f64; 2]>> { serde_json::from_value(value.clone()).ok() };
    for zone in ["york", "berlin", "howe"] {
        ensure!(
            numbers(&found[zone]) == numbers(&expected[zone]),
            "{zone}: {found}"
        );
    }
    Ok(())
}

pub(crate) async fn times_are_those_of_the_zone_that_is_said(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    // The first is skipped by clocks in Berlin; the last is shown twice in New York, whose name it says.
    let module = "
        const file = new Blob(['who,at,did\\na,2024-03-31 02:30,view\\na,2024-11-03 01:30 America/New_York,cart']);
        const mapping = { person: 'who', time: 'at', name: 'did', time_zone: 'Europe/Berlin' };
        const { summary, rejections } = await openDataset(file, { mapping });
        const wrong = await openDataset(file, { mapping: { ...mapping, time_zone: 'Europe/Berln' } }).catch(String);
        return { summary, rejections, wrong };";
    let found = outcome(browser, &collector.url, module).await?;
    let summary = &found["summary"];
    ensure!(summary["first_ts"] == 1_711_848_600_000i64, "{found}");
    ensure!(summary["last_ts"] == 1_730_611_800_000i64, "{found}");
    let wrong = found["wrong"].as_str().unwrap_or_default();
    ensure!(
        wrong.contains("`Europe/Berln` is not a known time zone"),
        "{wrong}"
    );

    // The shop is told in New York, where 6:30 is half an hour after 10:00 in UTC.
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("till.csv");
    std::fs::write(
        &file,
        "who,at,did\nann,2024-05-01 10:00:00 UTC,view\nann,2024-05-01 06:30:00,purchase\n",
    )?;
    for (zone, counted) in [("UTC", [1, 0]), ("America/New_York", [1, 1])] {
        browser.open(&collector.url).await?;
        open_file(browser, &file).await?;
        browser.find("[data-testid=import-dialog][open]").await?;
        for (field, column) in [("person", "who"), ("time", "at"), ("name", "did")] {
            let list = format!("[data-testid=map-{field}]");
            browser.select(&list, column).await?;
        }
        browser.select("[data-testid=map-time_zone]", zone).await?;
        browser.click("[data-testid=import-confirm]").await?;
        check_funnel(browser, &["view", "purchase"], &counted).await?;
    }
    Ok(())
}
