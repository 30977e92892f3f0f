//! Script errors and resources that did not load, one group for those alike.

use alloc::string::String;
use alloc::vec::Vec;

use event::kinds;

use super::{Draft, draft};
use crate::tracker::address;
use crate::tracker::redact;
use crate::tracker::signal::Failure;

/// Most groups of one document. What fails in more ways than these is not told.
const MAX_GROUPS: usize = 10;
/// Longest message that is kept.
const MAX_MESSAGE_BYTES: usize = 200;
/// What browsers say about a page that is laid out over several frames. Nothing has failed.
const HARMLESS: &str = "ResizeObserver loop";
/// A row of so many digits may be a phone number, a date of birth or a customer's number.
const MAX_DIGITS: usize = 4;

/// The errors of one document, by message, script and line.
#[derive(Default)]
pub(crate) struct Errors(Vec<Group>);

struct Group {
    message: String,
    script: String,
    line: f64,
    /// Since the group was last told.
    count: u32,
}

impl Errors {
    /// Takes an error. The first of a group is told at once; says whether it is the page's own.
    pub(crate) fn failed(
        &mut self,
        failure: Failure,
        allowed: &[String],
        drafts: &mut Vec<Draft>,
    ) -> bool {
        let script = address::cut(&failure.script, allowed);
        // What a browser's extension does is no error of the shop.
        let is_foreign = !script.is_empty() && !script.starts_with("http");
        if is_foreign || failure.message.starts_with(HARMLESS) {
            return false;
        }
        let mut group = Group {
            message: message(&failure.message, allowed),
            script,
            line: failure.line,
            count: 1,
        };
        let is_like = |other: &&mut Group| {
            other.message == group.message
                && other.script == group.script
                && other.line == group.line
        };
        if let Some(known) = self.0.iter_mut().find(is_like) {
            known.count += 1;
        } else if self.0.len() < MAX_GROUPS {
            group.tell(drafts);
            self.0.push(group);
        }
        true
    }

    /// Tells the repetitions.
    pub(crate) fn tell(&mut self, drafts: &mut Vec<Draft>) {
        for group in &mut self.0 {
            group.tell(drafts);
        }
    }
}

impl Group {
    fn tell(&mut self, drafts: &mut Vec<Draft>) {
        if self.count == 0 {
            return;
        }
        let texts = [("message", &*self.message), ("script", &self.script)];
        let numbers = [("count", f64::from(self.count)), ("line", self.line)];
        let n_known = if self.line > 0.0 { 2 } else { 1 };
        let numbers = numbers.get(..n_known).unwrap_or_default();
        draft(drafts, kinds::JS_ERROR, &texts, numbers);
        self.count = 0;
    }
}

/// An error's words without addresses of people, queries of addresses, card numbers and other long numbers.
fn message(text: &str, allowed: &[String]) -> String {
    let mut cut = String::new();
    for word in redact::redact(text).split_ascii_whitespace() {
        if !cut.is_empty() {
            cut.push(' ');
        }
        if word.starts_with("http") {
            cut.push_str(&address::cut(word, allowed));
        } else {
            cut.push_str(word);
        }
    }
    let mut clean = String::new();
    let mut digits = 0;
    for character in cut.chars() {
        digits = if character.is_ascii_digit() {
            digits + 1
        } else {
            0
        };
        clean.push(character);
        if digits == MAX_DIGITS {
            clean.truncate(clean.len() - MAX_DIGITS);
            clean.push('#');
        } else if digits > MAX_DIGITS {
            clean.pop();
        }
    }
    redact::cut_to(&mut clean, MAX_MESSAGE_BYTES);
    clean
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;

    fn failure(message: &str, script: &str) -> Failure {
        Failure {
            message: message.into(),
            script: script.into(),
            line: 3.0,
            is_script: true,
        }
    }

    #[test]
    fn messages_hold_nothing_personal() {
        let check = |given, expected| assert_eq!(message(given, &[]), expected);
        check("Script error.", "Script error.");
        check("no user jane@example.com", "no user [email]");
        check("order 123 of 4711, 20481", "order 123 of #, #");
        check(
            "GET https://a.example/p?token=1 failed",
            "GET https://a.example/p failed",
        );
        check(&"ä".repeat(200), &"ä".repeat(100));
    }

    #[test]
    fn alike_errors_are_one_group() {
        let (mut errors, mut drafts) = (Errors::default(), Vec::new());
        for user in ["10001", "10002", "10003"] {
            let failure = failure(&format!("no user {user}"), "https://a.example/a.js?v=1");
            assert!(errors.failed(failure, &[], &mut drafts));
        }
        assert_eq!(drafts.len(), 1);
        errors.tell(&mut drafts);
        errors.tell(&mut drafts);
        let counts: Vec<_> = drafts
            .iter()
            .map(|draft| draft.facts.props.get("count").cloned())
            .collect();
        let number = |count| Some(event::PropValue::Number(count));
        assert_eq!(counts, [number(1.0), number(2.0)]);
    }

    #[test]
    fn many_kinds_of_errors_are_bounded_and_extensions_are_left_out() {
        let (mut errors, mut drafts) = (Errors::default(), Vec::new());
        for kind in 0..50u8 {
            let message = String::from_utf8(vec![b'a' + kind % 26; 1 + usize::from(kind)]);
            let failure = failure(&message.unwrap(), "");
            errors.failed(failure, &[], &mut drafts);
        }
        assert_eq!(drafts.len(), MAX_GROUPS);
        assert!(!errors.failed(
            failure("x", "chrome-extension://abc/a.js"),
            &[],
            &mut drafts
        ));
        assert_eq!(drafts.len(), MAX_GROUPS);
    }
}
