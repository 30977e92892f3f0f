//! Forms: begun, sent, given up. Only names are ever known here.

use alloc::string::String;
use alloc::vec::Vec;

use event::kinds;

use super::Draft;

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
            drafts.push(form.draft(kinds::FORM_START, now));
            self.0.push(form);
        }
    }

    pub(crate) fn submitted(&mut self, now: i64, name: String, drafts: &mut Vec<Draft>) {
        if let Some(form) = self.0.iter_mut().find(|form| form.name == name) {
            form.is_open = false;
            drafts.push(form.draft(kinds::FORM_SUBMIT, now));
        } else {
            drafts.push(Draft::new(kinds::FORM_SUBMIT).text("form", name));
        }
    }

    /// The view ends: what is still open was given up.
    pub(crate) fn end(&mut self, now: i64, drafts: &mut Vec<Draft>) {
        for form in core::mem::take(&mut self.0) {
            if form.is_open {
                drafts.push(form.draft(kinds::FORM_ABANDON, now));
            }
        }
    }
}

impl Form {
    fn draft(&self, kind: &'static str, now: i64) -> Draft {
        Draft::new(kind)
            .text("form", self.name.clone())
            .text("field", self.field.clone())
            .number("millis", (now - self.begun) as f64)
    }
}
