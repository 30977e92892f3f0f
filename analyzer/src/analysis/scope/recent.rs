//! The last few scopes that were asked for, so that the next question about one of them needs not
//! select its events again.

use std::sync::Arc;

use crate::analysis::RequestError;
use crate::dataset::Dataset;

use super::{Scope, Scoped};

/// Recent scopes of one dataset. Holds up to 4 of them, and together no more events than the
/// dataset has, so that it never takes more memory than another copy of the dataset.
#[derive(Debug, Default)]
pub struct Recent {
    /// The latest one last.
    scopes: Vec<Arc<Scoped>>,
}

const MAX_SCOPES: usize = 4;

impl Recent {
    /// What `scope` leaves of `dataset`, which is the same in every call.
    pub(crate) fn get(
        &mut self,
        dataset: &Dataset,
        scope: &Scope,
        place: &str,
    ) -> Result<Arc<Scoped>, RequestError> {
        let known = self
            .scopes
            .iter()
            .position(|scoped| scoped.scope() == scope);
        let scoped = match known {
            Some(index) => self.scopes.remove(index),
            None => Arc::new(Scoped::new(dataset, scope, place)?),
        };
        self.scopes.push(Arc::clone(&scoped));
        let n_events =
            |scopes: &[Arc<Scoped>]| scopes.iter().map(|scoped| scoped.n_events_kept()).sum();
        while self.scopes.len() > MAX_SCOPES || dataset.n_events() < n_events(&self.scopes) {
            self.scopes.remove(0);
        }
        Ok(scoped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::filter::Filter;
    use crate::dataset::{BuildOptions, DatasetBuilder};
    use crate::row::Row;

    #[test]
    fn a_scope_is_selected_once_and_forgotten_when_there_are_too_many() {
        let mut builder = DatasetBuilder::new(BuildOptions::default());
        for (ts, name) in (0..).zip(["a", "b", "c", "c", "c"]) {
            let visitor = Some("v");
            let row = Row {
                ts,
                name,
                visitor,
                ..Row::default()
            };
            builder.push(&row).unwrap();
        }
        let dataset = builder.finish();
        let mut recent = Recent::default();
        let mut get = |name: &str| {
            let scope = Scope {
                events: Some(Filter::Name(name.to_owned())),
                ..Scope::default()
            };
            recent.get(&dataset, &scope, "scope").unwrap()
        };
        let a = get("a");
        assert!(Arc::ptr_eq(&a, &get("a")));
        get("b");
        let c = get("c");
        // All three hold exactly as many events as the dataset, and one more is too many.
        assert!(Arc::ptr_eq(&c, &get("c")));
        assert!(Arc::ptr_eq(&a, &get("a")));
        for name in ["x", "y", "z"] {
            get(name);
        }
        assert!(Arc::ptr_eq(&a, &get("a")));
        assert!(!Arc::ptr_eq(&c, &get("c")));
    }
}
