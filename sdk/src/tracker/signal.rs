//! What the browser observes beside clicks and views, as plain data for the parts in [`capture`](super::capture).

use alloc::string::String;

use super::input::Facts;

/// Something observed on the page. Which events come of it, and when, the tracker decides.
#[derive(Clone, Debug)]
pub enum Signal {
    /// Whether the page can be seen, and has the keyboard's focus.
    Presence {
        /// The document is visible.
        is_visible: bool,
        /// The document, or a frame in it, has the focus.
        is_focused: bool,
    },
    /// How much of the page has come into view.
    Scrolled {
        /// Bottom of the viewport as a share of the page's height, 0 to 1.
        depth: f64,
        /// The page is not at its top.
        has_moved: bool,
    },
    /// A field of a form was changed.
    Touched {
        /// The form's name.
        form: String,
        /// The field's name.
        field: String,
    },
    /// A form was submitted.
    Submitted {
        /// The form's name.
        form: String,
    },
    /// The page did something that answers a click: its elements, selection, focus or scroll position changed.
    Reacted,
    /// A script failed, or a resource did not load.
    Failed(Failure),
    /// A measurement of the browser's performance timeline.
    Timed(Timing),
    /// What stands on the page a moment after it was shown.
    Found(Findings),
    /// A product or a promotion came at least half into view, or left it.
    Sighted {
        /// What it is.
        sight: Sight,
        /// It is in view now.
        is_in_view: bool,
    },
}

/// A script error or a failed resource.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// The error's words.
    pub message: String,
    /// Address of the script or the resource, whole.
    pub script: String,
    /// The line, or 0.
    pub line: f64,
    /// A script failed, not a resource.
    pub is_script: bool,
}

/// What a measurement is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Largest Contentful Paint so far.
    Lcp,
    /// First Contentful Paint.
    Fcp,
    /// Time To First Byte.
    Ttfb,
    /// One layout shift that nobody asked for.
    Shift,
    /// One event of an interaction.
    Interaction,
}

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Of what.
    pub metric: Metric,
    /// When it began, in milliseconds since the Unix epoch.
    pub at: f64,
    /// Milliseconds, or a layout shift's score.
    pub amount: f64,
    /// An interaction's id; 0 for other measurements.
    pub interaction: f64,
    /// How many interactions the document has had; 0 where the browser does not count them.
    pub n_interactions: f64,
}

/// What stands on the page.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The whole address.
    pub url: String,
    /// Number of search results, where the page says it.
    pub results: Option<f64>,
    /// The page says that what was asked for does not exist.
    pub is_not_found: bool,
}

/// A product in a list, or a promotion.
#[derive(Clone, Debug)]
pub struct Sight {
    /// It is a promotion.
    pub is_promotion: bool,
    /// The product as the only item with its list as properties, or the promotion's properties.
    pub facts: Facts,
}
