//! What the events themselves tell about the clocks that timed them.
//!
//! A clock that is set back while somebody shops shows in one tab: the events' numbers go on and
//! their times go back. A clock that is wrong shows where a collector has corrected it: an id of
//! UUID version 7 holds the time of the visitor's clock
//! ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#section-5.7)), the event the right one.

use super::finish::Arrived;

/// Clocks that differ by more than this, in milliseconds, are said to be off.
const SKEW_MILLIS: u64 = 60_000;

/// Looks for events whose time is before that of an event which came earlier in their tab.
#[derive(Default)]
pub(super) struct Tabs {
    /// By code of the tab.
    tabs: Vec<Tab>,
    n_people: u32,
    n_out_of_order: u64,
}

/// One tab of one person.
#[derive(Clone, Copy, Default)]
struct Tab {
    /// Number of the person, from 1.
    person: u32,
    /// The lowest number and how often it came, the highest number.
    lowest: u32,
    n_lowest: u32,
    highest: u32,
    /// Events with a lower number than one before them in time.
    n_back: u32,
}

impl Tab {
    /// Numbers that begin anew, as those of a page without the tracker's WebAssembly part do, say
    /// nothing about the order: then the lowest comes more than once.
    fn n_out_of_order(&self) -> u64 {
        if self.n_lowest == 1 {
            u64::from(self.n_back)
        } else {
            0
        }
    }
}

impl Tabs {
    /// Looks at one person's rows, by time.
    pub(super) fn add(&mut self, rows: &Arrived, sorted: &[u32]) {
        if rows.tab.is_empty() || rows.seq.is_empty() {
            return;
        }
        self.n_people += 1;
        for &row in sorted {
            let (tab, seq) = (rows.tab.get(row as usize), rows.seq.get(row as usize));
            if tab == 0 {
                continue;
            }
            if self.tabs.len() <= tab as usize {
                self.tabs.resize(tab as usize + 1, Tab::default());
            }
            let tab = &mut self.tabs[tab as usize];
            if tab.person != self.n_people {
                self.n_out_of_order += tab.n_out_of_order();
                *tab = Tab {
                    person: self.n_people,
                    lowest: seq,
                    n_lowest: 1,
                    highest: seq,
                    n_back: 0,
                };
                continue;
            }
            if seq < tab.highest {
                tab.n_back += 1;
            }
            tab.highest = tab.highest.max(seq);
            if seq < tab.lowest {
                (tab.lowest, tab.n_lowest) = (seq, 0);
            }
            tab.n_lowest += u32::from(seq == tab.lowest);
        }
    }

    /// How many there are.
    pub(super) fn n_out_of_order(&self) -> u64 {
        let last: u64 = self.tabs.iter().map(Tab::n_out_of_order).sum();
        self.n_out_of_order + last
    }
}

impl Arrived {
    /// How many of `rows` have an id whose time is another than theirs.
    pub(super) fn n_clock_skewed(&self, rows: &[u32]) -> u64 {
        let is_off = |&&row: &&u32| {
            let id = self.id.get(row as usize);
            let is_version_7 = (id >> 76) & 0xf == 7 && (id >> 62) & 3 == 2;
            // The time is the first 48 bits.
            is_version_7 && ((id >> 80) as i64).abs_diff(self.ts.get(row as usize)) > SKEW_MILLIS
        };
        if self.id.is_empty() {
            return 0;
        }
        rows.iter().filter(is_off).count() as u64
    }
}
