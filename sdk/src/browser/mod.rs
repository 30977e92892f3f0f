//! The browser around the tracker: it listens, reads, and performs what the tracker asks for.
//!
//! The only part of the crate that touches the page. Three functions are exported: [`prepare`] and, in a task of its
//! own, [`start`], so that neither holds the page up for long, and [`note`]. The loader calls them, and turns to its own
//! fallback should one of them throw.

mod acting;
mod api;
mod debug;
mod hear;
mod host;
mod linking;
mod notes;
mod own_data;
mod page;
mod page_views;
mod prerender;
mod privacy;
mod review;
mod storage;
mod transport;
mod values;
mod watch;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use core::cell::Cell;
use core::mem::ManuallyDrop;
use core::sync::atomic::{AtomicBool, Ordering};

use wasm_bindgen::prelude::*;

use crate::tracker::text::parts;
use crate::tracker::{Config, Effect, Input, Stored, Tracker, Word};
use acting::Acting;
use event::limits::MAX_URL_BYTES;
use event::{Decimal, kinds};
use host::{Host, Timeout};
use page_views::Pending;
use storage::Storage;

/// Longest option, address or id that is read.
const MAX_TEXT_UNITS: usize = 4 * MAX_URL_BYTES;
/// The options, in the order in which they are read.
const OPTIONS: &str = "site query domains paymentHosts views off searchParams sample endpoint debug \
    mask consent exclude hosts mode pending gpc dnt";
/// Longest text of records that storage is asked for at once.
const MAX_RECORDS_UNITS: usize = 1 << 28;
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
    is_debug: bool,
    acting: Acting,
    /// The visitor whom a link from another domain named, until it may be kept.
    linked: Option<String>,
    pending: Option<Pending>,
    timer: Option<Timeout>,
    /// The view that was looked at last, counted from 1.
    n_looked: u32,
    /// Notes made before the page is shown.
    held: Host,
}

/// Something that the page's functions take out of its place while they use it.
struct Shared<T>(Cell<Option<Box<T>>>);

// SAFETY: a module built without the `atomics` feature is never entered by a second thread.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    const fn new() -> Self {
        Self(Cell::new(None))
    }

    /// Lends it out; `None` where there is none yet, and where it is lent out already.
    fn lend<R>(&self, action: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut lent = self.take()?;
        let answer = action(&mut lent);
        self.put(lent);
        Some(answer)
    }

    #[inline(never)]
    fn take(&self) -> Option<Box<T>> {
        self.0.take()
    }

    /// Puts it into its place, which is empty: dropping what is there would only cost code.
    #[inline(never)]
    fn put(&self, value: Box<T>) {
        core::mem::forget(self.0.replace(Some(value)));
    }
}

static RUNTIME: Shared<Runtime> = Shared::new();
static HAS_STARTED: AtomicBool = AtomicBool::new(false);

/// Makes the tracker ready with the loader's `options`, the tag's `data-*` attributes under the names of `dataset`, and
/// reads the visitor's choice where somebody sees the page. A second call does nothing.
#[wasm_bindgen]
pub fn prepare(options: &JsValue) {
    if with_runtime(|_| ()).is_some() {
        return;
    }
    let options = Host::of(options.clone());
    let picked = options.pick(OPTIONS, MAX_TEXT_UNITS);
    let mut fields = picked.fields();
    let mut config = Config {
        site: fields.string(),
        allowed_query: listed(fields.words()),
        domains: listed(fields.words()),
        payment_hosts: listed(fields.words()),
        views: fields.string(),
        off: fields.string(),
        search_params: fields.string(),
        sample_millionths: Decimal::parse(fields.words())
            .map(|share| (share.to_f64() * 1e6) as u32),
        ..Config::default()
    };
    let endpoint = fields.string();
    let has_debug = !fields.marked().is_empty();
    let mask = privacy::configure(&mut config, &mut fields);
    let is_local = config.is_local;
    let site = String::from("desirepath:") + &config.site;
    RUNTIME.put(Box::new(Runtime {
        storage: Storage::new(&site),
        tracker: Tracker::new(config, seed(), host::print_float),
        database: site,
        is_local,
        endpoint,
        is_debug: false,
        acting: Acting::default(),
        linked: linking::arrive(),
        pending: None,
        timer: None,
        n_looked: 0,
        held: Host::undefined(),
    }));
    if has_debug {
        debug::state(&options);
    }
    watch::prepare(&mask);
    notes::begin(&host::callback(fired));
    prerender::prepare();
}

/// Starts the tracker, which is [prepared](prepare), and takes over what was `noted` so far, oldest first. A second call
/// does nothing.
#[wasm_bindgen]
pub fn start(noted: &JsValue) {
    if !HAS_STARTED.swap(true, Ordering::Relaxed) {
        prerender::start(&Host::of(noted.clone()));
    }
}

/// Begins to track, with what was `noted` so far.
fn begin(noted: &Host) {
    privacy::recall();
    let n_lost = noted.number("lost") as usize;
    with_runtime(|runtime| runtime.tracker.overflow(n_lost));
    // What was said about consent counts for all that happened before it was said.
    for is_consent in [true, false] {
        for entry in noted.each(MAX_NOTES) {
            take(&entry, Some(is_consent));
        }
        if is_consent {
            apply(now(), Input::Consent(Word::Begin));
        }
    }
    let has_vitals = with_runtime(|runtime| runtime.tracker.captures(kinds::WEB_VITAL));
    watch::start(has_vitals == Some(true));
    linking::start();
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
    let entry = Host::of(entry.clone());
    if !prerender::holds(&entry) && !notes::put_off(&entry) {
        notes::catch_up();
        take(&entry, None);
    }
}

/// Takes a note, or, where `is_consent` is said, only if it does or does not bear on consent.
fn take(entry: &Host, is_consent: Option<bool>) {
    let Some(kind) = entry.at(0).text(MAX_TEXT_UNITS) else {
        return;
    };
    let at = entry.at(1).as_f64().map_or_else(now, |at| at as i64);
    let (first, second) = (entry.at(2), entry.at(3));
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
    if notes::take(entry) {
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

/// Hands an input to the tracker, after the view that is held back, if one is.
fn dispatch(at: i64, input: Input) {
    page_views::settle();
    apply(at, input);
}

/// Hands an input to the tracker and performs the effects.
fn apply(at: i64, input: Input) {
    // The effects are performed when the tracker is free again: a patched `fetch` may well call us back.
    // Where it is not, which no call of ours brings about, the input is not worth the code that would drop it.
    let input = ManuallyDrop::new(input);
    let effects =
        with_runtime(|runtime| runtime.tracker.handle(at, ManuallyDrop::into_inner(input)));
    for effect in effects.into_iter().flatten() {
        perform(effect);
    }
    let is_watching = with_runtime(|runtime| runtime.tracker.is_watching());
    watch::watch(is_watching == Some(true));
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
                let fire: fn(&Host) = if after_millis == 0 {
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
            let when_lost = host::callback(|_| dispatch(now(), Input::StorageLost));
            page::setup(&database, is_local, &when_lost);
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
            let heard = host::callback(|records| {
                let records = records.text(MAX_RECORDS_UNITS);
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

fn fired(_: &Host) {
    dispatch(now(), Input::TimerFired);
}

/// A batch goes out when the page has nothing better to do.
fn fire_when_idle(_: &Host) {
    page::when_idle(&host::callback(fired));
}

/// Lends out the runtime; `None` before the start and when it is lent out already.
fn with_runtime<R>(action: impl FnOnce(&mut Runtime) -> R) -> Option<R> {
    RUNTIME.lend(action)
}

/// Milliseconds since the Unix epoch.
fn now() -> i64 {
    host::date_now() as i64
}

/// A seed from the browser's source of randomness, or, where there is none, from its clock.
fn seed() -> [u64; 2] {
    let half = || u64::from(host::random()) << 32 | u64::from(host::random());
    [half(), half()]
}
