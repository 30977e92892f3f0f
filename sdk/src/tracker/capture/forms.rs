//! Forms: begun, sent, given up. Only names are ever known here.

use alloc::string::String;
use alloc::vec::Vec;

use event::kinds;

use super::{Draft, draft};

/// Most forms of one view that are followed.
const MAX_FORMS: usize = 10;

/// The forms that were touched in the present view.
#[derive(Default)]
pub(crate) struct Forms(Vec<Form>);

struct Form {
    name: String,
    /// The field last touched.
    field: String,
    begun: i64,
    /// Touched since it was last sent.
    is_open: bool,
}

impl Forms {
    pub(crate) fn touched(
        &mut self,
        now: i64,
        name: String,
        field: String,
        drafts: &mut Vec<Draft>,
    ) {
        if let Some(form) = self.0.iter_mut().find(|form| form.name == name) {
            form.field = field;
            // Whoever goes on after sending it found something to correct.
            form.is_open = true;
        } else if self.0.len() < MAX_FORMS {
            let form = Form {
                name,
                field,
                begun: now,
                is_open: true,
            };
            form.tell(kinds::FORM_START, now, drafts);
            self.0.push(form);
        }
    }

    pub(crate) fn submitted(&mut self, now: i64, name: String, drafts: &mut Vec<Draft>) {
        if let Some(form) = self.0.iter_mut().find(|form| form.name == name) {
            form.is_open = false;
            form.tell(kinds::FORM_SUBMIT, now, drafts);
        } else {
            draft(drafts, kinds::FORM_SUBMIT, &[("form", &name)], &[]);
        }
    }

    /// The view ends: what is still open was given up.
    pub(crate) fn end(&mut self, now: i64, drafts: &mut Vec<Draft>) {
        for form in core::mem::take(&mut self.0) {
            if form.is_open {
                form.tell(kinds::FORM_ABANDON, now, drafts);
            }
        }
    }
}

impl Form {
    fn tell(&self, kind: &'static str, now: i64, drafts: &mut Vec<Draft>) {
        let texts = [("form", &*self.name), ("field", &self.field)];
        draft(
            drafts,
            kind,
            &texts,
            &[("millis", (now - self.begun) as f64)],
        );
    }
}
