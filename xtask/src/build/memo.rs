//! Not doing slow work twice: the last input and output of a step are kept, and an equal input gets that output.
//!
//! The input is kept whole and compared whole, so there is no hash to collide and no time stamp to mislead.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace;

/// The output of `make` for `input`, made only when the input differs from the last one under this name.
///
/// `recipe` stands for everything else that decides the output, such as options and the version of a tool.
///
/// # Errors
/// When `make` fails, or the files of the memo can't be written.
pub(super) fn memo(
    name: &str,
    recipe: &str,
    input: &[u8],
    make: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    Memo::new(&workspace::target().join("xtask"), name).get(recipe, input, make)
}

struct Memo {
    input: PathBuf,
    output: PathBuf,
}

impl Memo {
    fn new(folder: &Path, name: &str) -> Self {
        let input = folder.join(format!("{name}.in"));
        let output = folder.join(format!("{name}.out"));
        Self { input, output }
    }

    fn get(
        &self,
        recipe: &str,
        input: &[u8],
        make: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Vec<u8>> {
        let key = [recipe.as_bytes(), b"\0", input].concat();
        if fs::read(&self.input).is_ok_and(|last| last == key)
            && let Ok(output) = fs::read(&self.output)
        {
            return Ok(output);
        }
        let output = make()?;
        if let Some(folder) = self.input.parent() {
            fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        }
        // Whoever is interrupted between these lines must not leave a new input beside an old output.
        let _ = fs::remove_file(&self.input);
        fs::write(&self.output, &output)
            .with_context(|| format!("writing {}", self.output.display()))?;
        fs::write(&self.input, &key)
            .with_context(|| format!("writing {}", self.input.display()))?;
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_again_only_when_input_or_recipe_changes() {
        let folder = workspace::scratch("memo");
        let memo = Memo::new(&folder, "a/b");
        let mut made = 0;
        let mut get = |recipe: &str, input: &[u8]| {
            let output = memo.get(recipe, input, || {
                made += 1;
                Ok(input.to_ascii_uppercase())
            });
            (output.unwrap(), made)
        };
        assert_eq!(get("-O", b"x"), (b"X".to_vec(), 1));
        assert_eq!(get("-O", b"x"), (b"X".to_vec(), 1));
        assert_eq!(get("-O", b"y"), (b"Y".to_vec(), 2));
        assert_eq!(get("-O3", b"y"), (b"Y".to_vec(), 3));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_failure_is_not_kept() {
        let folder = workspace::scratch("memo-failure");
        let memo = Memo::new(&folder, "a");
        assert!(memo.get("", b"x", || anyhow::bail!("no")).is_err());
        assert_eq!(memo.get("", b"x", || Ok(vec![1])).unwrap(), [1]);
        fs::remove_dir_all(folder).unwrap();
    }
}
