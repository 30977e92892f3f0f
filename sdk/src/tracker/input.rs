//! What the tracker is told, and what it answers: plain data on both sides.

use alloc::string::String;
use alloc::vec::Vec;

use event::{Decimal, Item, Props, Uuid};

use super::rules::Rule;
use super::signal::Signal;

pub use super::consent::{Choice, Consent, Word};

/// How a tracker is set up; it does not change while the tracker lives.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The site that every batch names.
    pub site: String,
    /// Query parameters that stay in addresses, beside those that mark campaigns.
    pub allowed_query: Vec<String>,
    /// What the visitor allows, as long as they have not answered.
    pub consent: Consent,
    /// The browser says no for the visitor, by Global Privacy Control or Do Not Track.
    pub is_refused: bool,
    /// Patterns of paths whose pages are not collected; `*` stands for any text.
    pub excluded: Vec<String>,
    /// The only hosts whose pages are collected, with all below them; all hosts when empty.
    pub hosts: Vec<String>,
    /// How likely it is that a program steers the browser, from 0 to 1.
    pub bot_score: f64,
    /// Nothing is ever kept in the browser.
    pub is_cookieless: bool,
    /// While the visitor has not answered, events are sent as in cookieless mode, instead of held.
    pub is_counted_while_pending: bool,
    /// What makes another view: `path`, `query` (path and kept parameters) or `hash` (every fragment too); nothing
    /// for path, kept parameters and routes in the fragment.
    pub views: String,
    /// What is not captured: names of parts or of events, separated by commas.
    pub off: String,
    /// Query parameters that hold what was searched for, separated by commas; nothing for the usual ones.
    pub search_params: String,
    /// Other domains of the shop: links there keep the visitor, and they are never a source.
    pub domains: Vec<String>,
    /// Payment providers' hosts, beside those that are known.
    pub payment_hosts: Vec<String>,
    /// Nothing is sent: events stay in the browser, for the shop's own pages.
    pub is_local: bool,
    /// Of a million visitors, so many are tracked; `None` for all.
    pub sample_millionths: Option<u32>,
}

/// Something that happened. Every input comes with the time at which it happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Something that bears on consent.
    Consent(Word),
    /// What storage held: the answer to [`Effect::Restore`].
    Restored(Stored),
    /// The page returned from the browser's back-forward cache. Other pages of the tab may have written to storage
    /// meanwhile.
    Resumed,
    /// Another tab wrote to [`Slot::Memory`].
    Recalled(String),
    /// A page, or a view of a single-page app, was shown.
    PageView(View),
    /// An element was clicked.
    Click(Target),
    /// Something else was observed on the page.
    Signal(Signal),
    /// The shop reported an event.
    Track {
        /// The event's name.
        name: String,
        /// What was said about it.
        facts: Facts,
    },
    /// The shop wants to act at certain moments.
    Rule {
        /// Tells the rule apart from others of the page.
        handle: u32,
        /// When to act.
        rule: Rule,
    },
    /// A rule is no longer wanted.
    RuleEnded {
        /// The rule.
        handle: u32,
    },
    /// The visitor seems to be about to leave the page: what waits is sent, as with [`Input::Flush`].
    Exit,
    /// The shop named the account, a company or a team, for which its user acts; nothing for none any more.
    Account {
        /// The shop's own id of the account.
        account: String,
    },
    /// The shop made a call that can't be read.
    Refused {
        /// Why, for the developer.
        reason: String,
    },
    /// The shop named its logged-in user.
    Identify {
        /// The shop's own id of the user.
        user: String,
    },
    /// The user logged out: what follows belongs to a new visitor.
    Reset,
    /// The shop wants everything sent now.
    Flush,
    /// The page is hidden and may never be shown again.
    Hidden,
    /// The page is going away: a navigation, or the tab closes.
    Leaving,
    /// The page is visible again.
    Shown,
    /// The network is back.
    Online,
    /// The turn asked for by [`Effect::TakeTurn`] has come.
    Turn {
        /// The records that storage holds, one a line in the order of their ids; `None` where it can hold none.
        records: Option<String>,
    },
    /// Storage does not keep what [`Effect::Keep`] gave it.
    StorageLost,
    /// The time asked for by [`Effect::Schedule`] has come.
    TimerFired,
    /// An attempt to send has ended.
    SendFinished {
        /// The batch that was sent.
        batch: Uuid,
        /// How it ended.
        outcome: Outcome,
    },
}

/// What storage held, in the tracker's own text form; `None` where there was nothing.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// Storage that outlives the tab works.
    pub is_durable: bool,
    /// [`Slot::Visitor`].
    pub visitor: Option<String>,
    /// [`Slot::Session`].
    pub session: Option<String>,
    /// [`Slot::Tab`].
    pub tab: Option<String>,
    /// [`Slot::Trail`].
    pub trail: Option<String>,
    /// [`Slot::Memory`].
    pub memory: Option<String>,
    /// The visitor that a link from another domain of the shop named.
    pub linked: Option<String>,
    /// [`Slot::Pause`].
    pub pause: Option<String>,
}

/// A view of a page.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The whole address; the tracker cuts it.
    pub url: String,
    /// The document's title.
    pub title: String,
    /// The document's referrer, whole.
    pub referrer: String,
    /// How the view came about; `None` when the shop reported it.
    pub navigation: Option<Navigation>,
    /// The shop's own properties.
    pub props: Props,
}

/// How a view came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Navigation {
    /// A document was loaded.
    Load,
    /// `history.pushState`.
    Push,
    /// `history.replaceState`.
    Replace,
    /// Back or forward within the document.
    Pop,
    /// The fragment changed.
    Hash,
    /// The document returned from the back-forward cache.
    Restore,
}

impl Navigation {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Navigation::Load => "load",
            Navigation::Push => "push",
            Navigation::Replace => "replace",
            Navigation::Pop => "pop",
            Navigation::Hash => "hash",
            Navigation::Restore => "restore",
        }
    }

    /// The navigation of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        use Navigation::*;
        [Load, Push, Replace, Pop, Hash, Restore]
            .into_iter()
            .find(|navigation| navigation.name() == name)
    }
}

/// The element that was clicked.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The element and its ancestors, innermost first.
    pub lineage: Vec<Node>,
    /// Its ARIA role, where one is given.
    pub role: String,
    /// Its `type`, where it is an input.
    pub kind: String,
    /// Its label, as the page shows it.
    pub text: String,
    /// Where it leads, whole.
    pub href: String,
    /// Position of the click within the element, 0 to 1 across and down.
    pub within: (f64, f64),
    /// Position of the click on the page, in CSS pixels.
    pub on_page: (f64, f64),
    /// The link asks the browser to save what it leads to.
    pub is_download: bool,
    /// Pressed with another than the main button: links open elsewhere, and nothing else happens.
    pub is_auxiliary: bool,
    /// It is not meant to be clicked often in a row.
    pub may_rage: bool,
    /// It looks clickable, and an effect would show on this page.
    pub must_react: bool,
}

/// What a selector may say about one element.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Name of its tag, in small letters.
    pub tag: String,
    /// Its id, or nothing.
    pub id: String,
    /// Its classes, separated by spaces.
    pub classes: String,
}

/// What a shop says about an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Properties by key.
    pub props: Props,
    /// Products concerned.
    pub items: Vec<Item>,
    /// Sum of price × quantity.
    pub value: Option<Decimal>,
    /// Currency of every amount.
    pub currency: Option<String>,
}

/// How an attempt to send ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The collector answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// What `Retry-After` asked for.
        retry_after_millis: Option<u32>,
    },
    /// No answer: the network failed, a blocker stood in between, or the browser refused to send.
    Failed,
    /// No answer, because the browser is offline.
    Offline,
}

/// What the tracker wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// POST `body` to the collector, then say [`Input::SendFinished`].
    Send {
        /// The batch's id.
        batch: Uuid,
        /// The batch as JSON, at most [`MAX_BEACON_BYTES`](event::limits::MAX_BEACON_BYTES).
        body: String,
        /// By which way.
        way: Way,
    },
    /// Keep these events and reports until they are to be forgotten.
    Keep {
        /// One a line; each begins with the id under which it is kept.
        records: String,
    },
    /// Forget records.
    Forget {
        /// Their ids, one a line.
        ids: String,
    },
    /// Forget the records before an id, and the oldest of more than `most`.
    Prune {
        /// The id.
        oldest: String,
        /// How many may stay.
        most: u32,
    },
    /// Wait until no other page of the site delivers, then say [`Input::Turn`].
    TakeTurn,
    /// Let other pages deliver.
    YieldTurn,
    /// Say [`Input::TimerFired`] after this time. Replaces the timer asked for before.
    Schedule {
        /// From now, in milliseconds.
        after_millis: u32,
    },
    /// Read storage, then say [`Input::Restored`].
    Restore,
    /// Remove everything that is kept, but the visitor's choice.
    Purge,
    /// Keep `value`; nothing means forget what was kept.
    Store {
        /// Where.
        slot: Slot,
        /// The text to keep.
        value: String,
    },
    /// Tell the shop that the moment of one of its rules has come.
    Act {
        /// The rule.
        handle: u32,
        /// The event that made it: a name, `idle` or `exit`.
        event: String,
        /// The id of the event's first item.
        item: String,
    },
    /// Tell the developer, where debugging is on.
    Warn {
        /// In words.
        message: String,
    },
}

/// How a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It may end with the page.
    Plain,
    /// It outlives the page.
    Outliving,
    /// The page goes away now: it outlives the page, and nothing can be waited for.
    Leaving,
    /// The page goes away, and too much is under way for one more request to outlive it: the browser makes it
    /// later, where it can.
    Later,
}

/// A place in storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The visitor's [`Choice`], for all tabs.
    Choice,
    /// The visitor's id and user, for all tabs.
    Visitor,
    /// The session hint, for all tabs.
    Session,
    /// The tab's id and last sequence number, for this tab alone.
    Tab,
    /// The trail of views, for this tab alone.
    Trail,
    /// Where the visitor came from, and what else is remembered from page to page, for all tabs.
    Memory,
    /// Until when the collector asked for silence, for all tabs.
    Pause,
}
