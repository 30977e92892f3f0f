//! PHP, which runs the plugin for WooCommerce in a test.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::apt;
use crate::process::find_program;

/// Where PHP is.
///
/// # Errors
/// When it is not there and can't be installed.
pub(crate) fn ensure() -> Result<PathBuf> {
    let find = || find_program(&["php"]);
    if let Some(php) = find() {
        return Ok(php);
    }
    let advice = "PHP: install php-cli";
    apt::install(&["php-cli"]).context(advice)?;
    find().context(advice)
}
