//! What building takes: all of it from nothing, and one route that was edited.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::{announce, process, root};

/// The route that is edited.
const ROUTE: &str = "functions/gateway/src/gateway.rs";
/// What it answers, and what it answers then.
const ANSWER: &str = "Ok(Json(Gateway { url }))";
const EDITED: &str = "Ok(Json(Gateway { url: url + \"?edited\" }))";
/// How often the output is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Builds a fresh clone of what is committed, edits a route, and builds again.
///
/// # Errors
/// When something does not build, or does not start.
pub fn measure() -> Result<()> {
    let clone = process::target().join("bench-build");
    if clone.exists() {
        fs::remove_dir_all(&clone)?;
    }
    let mut git = process::program("git");
    process::run(git.args(["clone", "--quiet"]).arg(root()).arg(&clone))?;
    announce("building everything from nothing");
    let clean = up(&clone)?;
    edit(&clone.join(ROUTE))?;
    announce("building after an edit of one route");
    let edited = up(&clone)?;
    println!(
        "from a clone to a running instance: {:.0} s",
        clean.as_secs_f64()
    );
    println!(
        "from an edited route to a running instance: {:.1} s",
        edited.as_secs_f64()
    );
    fs::remove_dir_all(&clone)?;
    Ok(())
}

/// Gives the route another answer.
fn edit(route: &Path) -> Result<()> {
    let source = fs::read_to_string(route)?;
    let edited = source.replace(ANSWER, EDITED);
    if edited == source {
        bail!("{ROUTE} has no {ANSWER:?}");
    }
    Ok(fs::write(route, edited)?)
}

/// How long `cargo xtask up` takes until somebody is answered.
fn up(clone: &Path) -> Result<Duration> {
    let began = Instant::now();
    let printed = clone.join("printed.txt");
    let mut cargo = process::cargo(&["xtask", "up", "--", "--listen", "127.0.0.1:0"]);
    cargo
        .current_dir(clone)
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .stdout(File::create(&printed)?);
    let mut instance = Instance(cargo.spawn()?);
    // It answers as soon as it says where: the socket is open by then.
    while !fs::read_to_string(&printed)?.contains("listens at http") {
        if let Some(status) = instance.0.try_wait()? {
            bail!("`cargo xtask up` ended: {status}");
        }
        sleep(LOOK);
    }
    Ok(began.elapsed())
}

/// Becomes the host itself in the end; ends when it is dropped.
struct Instance(Child);

impl Drop for Instance {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
