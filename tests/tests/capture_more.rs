//! What the tracker notices by itself on small pages made for it: links, forms, searches, trouble, products in view.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use event::Event;
use fantoccini::actions::{InputSource as _, MOUSE_BUTTON_MIDDLE, MouseActions, PointerAction};

use crate::harness::{Collector, Page, Stage, eventually, number, of, serve_pages, tag, text};

/// Pages by path, as bodies; `options` are attributes of the tag.
pub(crate) async fn site(
    collector: &Collector,
    options: &str,
    bodies: &[(&str, &str)],
) -> Result<String> {
    let tag = tag(options);
    let page = |body: &str| Page::new(format!("<!doctype html><title>T</title>{tag}<body>{body}"));
    let pages = bodies.iter().map(|(path, body)| (*path, page(body)));
    serve_pages(&collector.url, pages).await
}

pub(crate) async fn ways_out_are_told(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    // The page keeps the visitor here; what was pressed is told all the same. It counts presses of the main button:
    // WebKit's driver makes one of the middle button's, too.
    let stay = "<script>main = 0; for (const kind of ['click', 'auxclick']) addEventListener(kind, (event) => { \
                event.preventDefault(); main += event.button == 0 })</script>";
    let body = format!(
        "{stay}<a id=out href='https://other.example/path?secret=1'>Other</a> \
         <a id=file href='/files/manual.pdf?v=2'>Manual</a> <a id=in href='/b'>Inside</a>"
    );
    let site = site(collector, "", &[("/a", &body)]).await?;
    browser.visit(&format!("{site}/a")).await?;
    for css in ["#out", "#file", "#in"] {
        browser.click(css).await?;
    }
    let press = MouseActions::new("mouse".into())
        .then(PointerAction::MoveToElement {
            element: browser.find("#out").await?,
            duration: None,
            x: 0.0,
            y: 0.0,
        })
        .then(PointerAction::Down {
            button: MOUSE_BUTTON_MIDDLE,
        })
        .then(PointerAction::Up {
            button: MOUSE_BUTTON_MIDDLE,
        });
    browser.client.perform_actions(press).await?;
    let n_main = browser.run("desirepath.flush(); return main").await?;
    let n_main = if n_main == 4 { 4 } else { 3 };
    let counts = [
        ("click", n_main),
        ("outbound_click", 2),
        ("file_download", 1),
    ];
    let events = collector.has(&counts).await?;
    for out in of(&events, "outbound_click") {
        ensure!(
            text(out, "href") == "https://other.example/path" && text(out, "selector") == "a#out",
            "{out:?}"
        );
    }
    let file = of(&events, "file_download")[0];
    ensure!(
        text(file, "href").ends_with("/files/manual.pdf"),
        "{file:?}"
    );
    Ok(())
}

pub(crate) async fn forms_are_told_by_name(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let body = "<form id=address onsubmit='return false'><input name=street><input name=city>\
                <button>Send</button></form><form name=voucher><input name=code></form>\
                <form data-dp-ignore id=hidden><input name=note></form>";
    let site = site(collector, "", &[("/a", body), ("/b", "")]).await?;
    browser.visit(&format!("{site}/a")).await?;
    browser.fill("[name=street]", "Meadow Lane").await?;
    browser.fill("[name=city]", "Springfield").await?;
    browser.click("#address button").await?;
    browser.fill("[name=code]", "WELCOME10").await?;
    browser.fill("[name=note]", "Call me").await?;
    browser.visit(&format!("{site}/b")).await?;
    let counts = [
        ("form_start", 2),
        ("form_submit", 1),
        ("form_abandon", 1),
        ("page_view", 2),
    ];
    let events = collector.has(&counts).await?;
    let sent = of(&events, "form_submit")[0];
    ensure!(
        text(sent, "form") == "address" && text(sent, "field") == "city",
        "{sent:?}"
    );
    ensure!(number(sent, "millis") > 0.0, "{sent:?}");
    let given_up = of(&events, "form_abandon")[0];
    ensure!(
        text(given_up, "form") == "voucher" && text(given_up, "field") == "code",
        "{given_up:?}"
    );
    let everything = format!("{events:?}");
    for typed in ["Meadow", "Springfield", "WELCOME", "Call me", "hidden"] {
        ensure!(!everything.contains(typed), "{typed} in {everything}");
    }
    Ok(())
}

pub(crate) async fn searches_and_missing_pages_are_told(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let bodies = [
        ("/search", "<p data-dp-results=3>3 results</p>"),
        ("/gone", "<meta name=desirepath content=not_found>"),
    ];
    let site = site(collector, "data-search-params='find'", &bodies).await?;
    browser
        .visit(&format!("{site}/search?q=no&find=red+kettle"))
        .await?;
    browser.visit(&format!("{site}/gone")).await?;
    browser.leave().await?;
    let counts = [("view_search_results", 1), ("not_found", 1)];
    let events = collector.has(&counts).await?;
    let search = of(&events, "view_search_results")[0];
    ensure!(
        text(search, "search_term") == "red kettle" && number(search, "results") == 3.0,
        "{search:?}"
    );
    let missing = of(&events, "not_found")[0].page.as_ref();
    ensure!(
        missing.and_then(|page| page.path.as_deref()) == Some("/gone"),
        "{missing:?}"
    );
    Ok(())
}

pub(crate) async fn trouble_is_told(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let body = "<button id=rage onclick='this.textContent += 1'>More</button>\
                <p class=quantity-stepper><button id=plus onclick='this.textContent += 1'>+</button></p>\
                <button id=dead>Nothing</button><button id=live onclick='document.title = 1'>Something</button>\
                <button id=broken onclick='document.title = 2; broken.call.it()'>Broken</button>";
    let site = site(collector, "", &[("/a", body), ("/b", "")]).await?;
    browser.visit(&format!("{site}/b")).await?;
    browser.visit(&format!("{site}/a")).await?;
    // As quick as a person in rage; the driver alone may be slower than that.
    for id in ["rage", "plus"] {
        let quick = format!("for (let n = 0; n < 4; n++) document.getElementById('{id}').click()");
        browser.run(&quick).await?;
    }
    for css in ["#live", "#broken", "#dead"] {
        browser.click(css).await?;
    }
    let counts = [("rage_click", 1), ("dead_click", 1), ("error_click", 1)];
    let events = collector.has(&counts).await?;
    for (name, selector) in [
        ("rage_click", "button#rage"),
        ("dead_click", "button#dead"),
        ("error_click", "button#broken"),
    ] {
        let found = of(&events, name)[0];
        ensure!(text(found, "selector") == selector, "{found:?}");
    }
    browser.visit(&format!("{site}/b")).await?;
    browser.run("desirepath.flush()").await?;
    // Loading pages takes some engines long: the rule is ten seconds on the page.
    let events = collector.has(&[("page_view", 3)]).await?;
    let views = of(&events, "page_view");
    let is_soon = views[2].ts - views[1].ts <= 10_000;
    ensure!(
        of(&events, "u_turn").len() == usize::from(is_soon),
        "{events:?}"
    );
    Ok(())
}

pub(crate) async fn products_in_view_are_told_once(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let item = |id: u8| {
        format!(
            "<li data-dp-item={id} data-dp-item-name='N{id}' data-dp-price=2.50 style='height:80px'><a id=go{id} href='#x'>N{id}</a>"
        )
    };
    let body = format!(
        "<p data-dp-promo=summer data-dp-creative-slot=top>Summer</p>\
         <ul data-dp-item-list-id=related data-dp-currency=EUR>{}{}<li style='height:4000px'>{}</ul>",
        item(1),
        item(2),
        item(3)
    );
    let site = site(collector, "", &[("/a", &body)]).await?;
    browser.visit(&format!("{site}/a")).await?;
    let first = collector
        .has(&[("view_promotion", 1), ("view_item_list", 1)])
        .await?;
    let promotion = of(&first, "view_promotion")[0];
    ensure!(
        text(promotion, "promotion_id") == "summer" && text(promotion, "creative_slot") == "top",
        "{promotion:?}"
    );
    let list = of(&first, "view_item_list")[0];
    let ids = |event: &Event| -> Vec<String> {
        let ids = event.items.iter().map(|item| item.item_id.clone());
        ids.flatten().collect()
    };
    ensure!(
        ids(list) == ["1", "2"] && text(list, "item_list_id") == "related",
        "{list:?}"
    );
    ensure!(list.currency.as_deref() == Some("EUR"), "{list:?}");
    // One that comes later, and a choice.
    let more = "document.querySelector('ul').insertAdjacentHTML('afterbegin', \
                '<li data-dp-item=4 style=\"height:80px\">N4')";
    browser.run(more).await?;
    browser.click("#go1").await?;
    let counts = [("view_item_list", 2), ("select_item", 1)];
    let events = collector.has(&counts).await?;
    ensure!(
        ids(of(&events, "view_item_list")[1]) == ["4"],
        "what was seen is not seen again: {events:?}"
    );
    ensure!(ids(of(&events, "select_item")[0]) == ["1"], "{events:?}");
    Ok(())
}

pub(crate) async fn attention_is_told(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let tall = "<p style='height:5000px'>Tall</p>";
    let site = site(collector, "", &[("/a", tall), ("/b", "")]).await?;
    browser.visit(&format!("{site}/a")).await?;
    browser
        .run("scrollTo(0, document.documentElement.scrollHeight / 2)")
        .await?;
    browser.run("desirepath.flush()").await?;
    // A moment after the view the page is measured, scrolled as it is.
    let scrolled = eventually("the depth", async || {
        browser.run("desirepath.flush()").await?;
        let mut scrolls = collector.named("scroll").await?;
        scrolls.pop().context("no scroll yet")
    })
    .await?;
    ensure!(number(&scrolled, "depth") == 0.5, "{scrolled:?}");
    let has_focus = browser.run("return document.hasFocus()").await?;
    tokio::time::sleep(Duration::from_millis(600)).await;
    browser.visit(&format!("{site}/b")).await?;
    browser.run("desirepath.flush()").await?;
    let events = collector.has(&[("page_view", 2)]).await?;
    let next = of(&events, "page_view")[1];
    ensure!(text(next, "previous_path") == "/a", "{next:?}");
    ensure!(number(next, "previous_millis") >= 1000.0, "{next:?}");
    let depth = number(next, "previous_scroll");
    ensure!((0.5..0.75).contains(&depth), "{next:?}");
    let engaged = of(&events, "engagement");
    // A window manager gives the focus; a bare display may have none.
    if has_focus == true {
        ensure!(engaged.len() == 1, "{events:?}");
        let millis = number(engaged[0], "millis");
        ensure!((1000.0..60_000.0).contains(&millis), "{engaged:?}");
    } else {
        ensure!(engaged.is_empty(), "{engaged:?}");
    }
    Ok(())
}
