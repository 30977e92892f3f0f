//! Debian's packages, where there are any and we may install them.

use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, bail};

use crate::process::{command, find_program, run, succeeds};

/// Installs packages.
///
/// # Errors
/// When this system has no `apt-get`, when it would have to ask for a password, or when the installation fails.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let Some(privilege) = privilege() else {
        bail!("apt-get can't be used here without asking for a password");
    };
    eprintln!("set-up: installing {} with apt-get", packages.join(" "));
    update(privilege)?;
    let mut install = apt_get(privilege);
    // Recommended packages would add a desktop's worth of fonts and services to a build machine.
    install
        .args(["install", "--yes", "--no-install-recommends", "-qq"])
        .args(packages);
    run(&mut install)
}

/// The lists of packages of a new machine are empty or old; once a run is enough.
fn update(privilege: Privilege) -> Result<()> {
    static UPDATED: OnceLock<()> = OnceLock::new();
    if UPDATED.get().is_none() {
        run(apt_get(privilege).args(["update", "-qq"]))?;
        UPDATED.get_or_init(|| ());
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Privilege {
    Root,
    Sudo,
}

/// How packages can be installed without a question, if at all.
fn privilege() -> Option<Privilege> {
    find_program(&["apt-get"])?;
    let user = command("id").arg("-u").output().ok()?;
    if user.stdout.trim_ascii() == b"0" {
        return Some(Privilege::Root);
    }
    find_program(&["sudo"])?;
    succeeds(command("sudo").args(["--non-interactive", "true"])).then_some(Privilege::Sudo)
}

fn apt_get(privilege: Privilege) -> Command {
    let mut apt_get = match privilege {
        Privilege::Root => command("apt-get"),
        Privilege::Sudo => {
            let mut sudo = command("sudo");
            sudo.args([
                "--non-interactive",
                "--preserve-env=DEBIAN_FRONTEND",
                "apt-get",
            ]);
            sudo
        }
    };
    apt_get
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(std::process::Stdio::null());
    // Standard output is for what other programs read; `demo` prints its addresses there.
    apt_get.stdout(std::io::stderr());
    apt_get
}
