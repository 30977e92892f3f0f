//! The browser around the tracker: it listens, reads, and performs what the tracker asks for.
//!
//! The only part of the crate that touches the page. Two functions are exported, [`start`] and [`note`]; the
//! loader calls them, and turns to its own fallback should one of them throw.

mod acting;
mod api;
mod clicks;
mod data_layer;
mod debug;
mod declared;
mod forms;
mod host;
mod impressions;
mod lifecycle;
mod linking;
mod look;
mod observe;
mod own_data;
mod page;
mod page_views;
mod prerender;
mod privacy;
mod reactions;
mod review;
mod storage;
mod transport;
mod values;
mod vitals;

use alloc::string::String;
use alloc::vec::Vec;

use core::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::tracker::text::parts;
use crate::tracker::{Config, Effect, Facts, Input, Stored, Tracker, Word};
use acting::Acting;
use event::Decimal;
use event::limits::MAX_URL_BYTES;
use host::{Host, Timeout};
use observe::Observed;
use page_views::Pending;
use storage::Storage;

/// Longest option, address or id that is read.
const MAX_TEXT_UNITS: usize = 4 * MAX_URL_BYTES;
/// Most early calls that the loader may hand over.
const MAX_NOTES: usize = 10_000;

/// What lives as long as the page.
struct Runtime {
    tracker: Tracker,
    storage: Storage,
    /// Name of the IndexedDB, and of the lock whose holder delivers.
    database: String,
    /// Events never leave the browser.
    is_local: bool,
    endpoint: String,
    /// The selector of elements whose text is not read.
    mask: String,
    is_debug: bool,
    acting: Acting,
    /// The visitor whom a link from another domain named, until it may be kept.
    linked: Option<String>,
    pending: Option<Pending>,
    timer: Option<Timeout>,
    observed: Observed,
}

/// A cell that the only thread there is may share with itself.
struct Shared<T>(RefCell<T>);

// SAFETY: a module built without the `atomics` feature is never entered by a second thread.
unsafe impl<T> Sync for Shared<T> {}

static RUNTIME: Shared<Option<Runtime>> = Shared(RefCell::new(None));

/// Starts the tracker with the loader's `options`, the tag's `data-*` attributes under the names of `dataset`, and
/// takes over the `notes` made so far, oldest first. A second call does nothing.
#[wasm_bindgen]
pub fn start(options: &JsValue, notes: &JsValue) {
    let options = Host::of(options.clone());
    let option = |key| options.get(key).text(MAX_TEXT_UNITS).unwrap_or_default();
    let list = |key| listed(&option(key));
    let mut config = Config {
        site: option("site"),
        allowed_query: list("query"),
        domains: list("domains"),
        payment_hosts: list("paymentHosts"),
        views: option("views"),
        off: option("off"),
        search_params: option("searchParams"),
        is_local: option("mode") == "local",
        sample_millionths: Decimal::parse(&option("sample"))
            .map(|share| (share.to_f64() * 1e6) as u32),
        ..Config::default()
    };
    privacy::configure(&mut config, &options);
    let storage = Storage::new(&config.site);
    let is_local = config.is_local;
    let database = String::from("desirepath:") + &config.site;
    let runtime = Runtime {
        tracker: Tracker::new(config, seed(), host::print_float),
        storage,
        database,
        is_local,
        endpoint: option("endpoint"),
        mask: privacy::mask(&options),
        is_debug: false,
        acting: Acting::default(),
        linked: linking::arrive(),
        pending: None,
        timer: None,
        observed: Observed::default(),
    };
    match RUNTIME.0.try_borrow_mut() {
        Ok(mut slot) if slot.is_none() => *slot = Some(runtime),
        _ => return,
    }
    if options.get("debug").exists() {
        debug::state(&options);
    }
    prerender::start(&Host::of(notes.clone()));
}

/// Begins to track, with the `notes` made so far.
fn begin(notes: &Host) {
    privacy::recall();
    let n_lost = notes.number("lost") as usize;
    with_runtime(|runtime| runtime.tracker.overflow(n_lost));
    // What was said about consent counts for all that happened before it was said.
    for is_consent in [true, false] {
        for index in 0..notes.length(MAX_NOTES) {
            if let Ok(entry) = notes.at(index) {
                take(&entry, Some(is_consent));
            }
        }
        if is_consent {
            apply(now(), Input::Consent(Word::Begin));
        }
    }
    let window = host::window();
    let document = window.get("document");
    observe::start(&window);
    linking::start(&document);
    lifecycle::start(&window, &document);
    api::install("exportData", own_data::export);
    api::install("erase", own_data::erase);
    api::install("state", debug::state);
}

/// The names in a list with commas. An absent list is one empty name, which an address without a query would match.
fn listed(text: &str) -> Vec<String> {
    parts(text, b',')
        .map(|name| String::from(name.trim_ascii()))
        .filter(|name| !name.is_empty())
        .collect()
}

/// Takes one note: a list of its kind, its time in milliseconds since the Unix epoch, and what belongs to it.
/// The kinds are the methods of `window.desirepath`, and `view`, `click` and `data` from the loader's hooks.
#[wasm_bindgen]
pub fn note(entry: &JsValue) {
    take(&Host::of(entry.clone()), None);
}

/// Takes a note, or, where `is_consent` is said, only if it does or does not bear on consent.
fn take(entry: &Host, is_consent: Option<bool>) {
    if prerender::holds(entry) {
        return;
    }
    let part = |index| entry.at(index).unwrap_or_else(|_| Host::undefined());
    let Some(kind) = part(0).text(MAX_TEXT_UNITS) else {
        return;
    };
    let at = part(1).as_f64().map_or_else(now, |at| at as i64);
    let (first, second) = (part(2), part(3));
    let is_word = privacy::is_said_by(&kind, &first);
    if is_consent.is_some_and(|wanted| wanted != is_word) {
        return;
    }
    if is_word {
        if let Some(word) = privacy::read(&kind, &first) {
            dispatch(at, Input::Consent(word));
        }
        return;
    }
    match kind.as_str() {
        "view" => {
            let navigation = first.text(MAX_TEXT_UNITS).unwrap_or_default();
            page_views::changed(
                at,
                &navigation,
                second.text(MAX_TEXT_UNITS).unwrap_or_default(),
            );
        }
        "click" => clicks::clicked(at, &first),
        "data" => {
            if let Some(input) = data_layer::read(&first) {
                dispatch(at, input);
            }
        }
        "track" => dispatch(at, tracked(&first, &second)),
        "page" => {
            let mut facts = Facts::default();
            let input = match values::read(&mut facts, &first, |_| false) {
                Ok(()) => Input::PageView(page_views::present(None, facts.props)),
                Err(reason) => Input::Refused { reason },
            };
            dispatch(at, input);
        }
        "identify" => {
            let user = id(&first);
            dispatch(at, Input::Identify { user });
        }
        "account" => {
            let account = id(&first);
            dispatch(at, Input::Account { account });
        }
        "on" => acting::on(at, &first, &second),
        "off" => acting::off(at, &first, &second),
        "reset" => dispatch(at, Input::Reset),
        "flush" => dispatch(at, Input::Flush),
        _ => {}
    }
}

/// An id of the shop's: text, or a number.
fn id(value: &Host) -> String {
    let number = value.as_f64().map(host::printed);
    let text = number.or_else(|| value.text(MAX_TEXT_UNITS));
    text.unwrap_or_default()
}

fn tracked(name: &Host, params: &Host) -> Input {
    let mut facts = Facts::default();
    let read = values::name(name).and_then(|name| {
        values::read(&mut facts, params, |_| false)?;
        Ok(name)
    });
    match read {
        Ok(name) => Input::Track { name, facts },
        Err(reason) => Input::Refused { reason },
    }
}

/// Hands an input to the tracker, after the view that is held back, if one is.
fn dispatch(at: i64, input: Input) {
    page_views::settle();
    apply(at, input);
}

/// Hands an input to the tracker and performs the effects.
fn apply(at: i64, input: Input) {
    // The effects are performed when the tracker is free again: a patched `fetch` may well call us back.
    let effects = with_runtime(|runtime| runtime.tracker.handle(at, input));
    for effect in effects.into_iter().flatten() {
        perform(effect);
    }
    reactions::update();
}

fn perform(effect: Effect) {
    match effect {
        Effect::Send { batch, body, way } => {
            let endpoint = with_runtime(|runtime| runtime.endpoint.clone());
            transport::send(&endpoint.unwrap_or_default(), batch, &body, way);
        }
        Effect::Schedule { after_millis } => {
            with_runtime(|runtime| {
                // What is to be kept can't wait until the page is idle.
                let fire = if after_millis == 0 {
                    fired
                } else {
                    fire_when_idle
                };
                runtime.timer = Some(Timeout::new(after_millis, fire));
            });
        }
        Effect::Restore => {
            let database = with_runtime(|runtime| (runtime.database.clone(), runtime.is_local));
            let (database, is_local) = database.unwrap_or_default();
            let when_lost = Closure::<dyn FnMut()>::new(|| dispatch(now(), Input::StorageLost));
            page::setup(&database, is_local, &when_lost.into_js_value());
            let stored = with_runtime(|runtime| Stored {
                linked: runtime.linked.take(),
                ..runtime.storage.read()
            });
            if let Some(stored) = stored {
                apply(now(), Input::Restored(stored));
            }
        }
        Effect::Purge => {
            with_runtime(|runtime| {
                runtime.storage.purge();
                page::clear(&runtime.database);
            });
        }
        Effect::Keep { records } => page::keep(&records),
        Effect::Forget { ids } => page::forget(&ids),
        Effect::Prune { oldest, most } => page::prune(&oldest, most),
        Effect::TakeTurn => {
            let heard = Closure::once_into_js(|records: JsValue| {
                let records = records.as_string();
                dispatch(now(), Input::Turn { records });
            });
            let lock = with_runtime(|runtime| runtime.database.clone());
            page::take_turn(&lock.unwrap_or_default(), &heard);
        }
        Effect::YieldTurn => page::yield_turn(),
        Effect::Store { slot, value } => {
            with_runtime(|runtime| runtime.storage.write(&slot, &value));
        }
        Effect::Act {
            handle,
            event,
            item,
        } => acting::act(handle, &event, &item),
        Effect::Warn { message } => debug::tell(&message),
    }
}

fn fired() {
    dispatch(now(), Input::TimerFired);
}

/// A batch goes out when the page has nothing better to do.
fn fire_when_idle() {
    page::when_idle(&Closure::once_into_js(fired));
}

/// Lends out the runtime; `None` before the start and when it is lent out already.
fn with_runtime<R>(action: impl FnOnce(&mut Runtime) -> R) -> Option<R> {
    RUNTIME.0.try_borrow_mut().ok()?.as_mut().map(action)
}

/// Milliseconds since the Unix epoch.
fn now() -> i64 {
    host::date_now() as i64
}

/// A seed from the browser's source of randomness, or, where there is none, from its clock.
fn seed() -> [u64; 2] {
    let mut bytes = [0u8; 16];
    let _ = host::window().get("crypto").get_random_values(&mut bytes);
    let seed = u128::from_le_bytes(bytes);
    if seed == 0 {
        return [host::date_now().to_bits(), host::math_random().to_bits()];
    }
    [seed as u64, (seed >> 64) as u64]
}
