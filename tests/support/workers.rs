//! An instance on workerd: `wrangler dev` on the top-level `wrangler.toml`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::json;

use super::{Options, root};

/// What internal calls are proven with.
const INTERNAL_KEY: &str = "a key of tests, which guards nothing at all";
/// The databases of `wrangler.toml`.
const DATABASES: [&str; 2] = ["MAIN", "MESSAGES"];

/// The command that serves the instance whose data is in `folder`, which it brings up to date.
pub fn command(folder: &Path, options: &Options) -> Result<Command> {
    for database in DATABASES {
        let mut migrate = wrangler(folder)?;
        migrate.args(["d1", "migrations", "apply", database, "--local"]);
        let output = migrate.arg("--persist-to").arg(folder).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{database} is not migrated:\n{said}");
        }
    }
    let mut config = json!({ "rate_limits": { "enabled": options.are_limited() } });
    if let Some(url) = options.public_url() {
        config["public_url"] = json!(url);
    }
    let mut command = wrangler(folder)?;
    command
        .args([
            "dev",
            "--ip",
            "127.0.0.1",
            "--port",
            "0",
            "--inspector-port",
            "0",
        ])
        .args(["--show-interactive-dev-session", "false"])
        .args(["--var", &format!("INTERNAL_KEY:{INTERNAL_KEY}")])
        .args(["--var", &format!("CONFIG:{config}")])
        .arg("--persist-to")
        .arg(folder);
    Ok(command)
}

/// `wrangler` by our own Node, as `cargo xtask` installed it.
fn wrangler(folder: &Path) -> Result<Command> {
    let program = root().join("tests/workers/node_modules/.bin/wrangler");
    if !program.exists() {
        bail!("wrangler is missing: run `cargo xtask ci cloudflare`, which installs it");
    }
    let mut command = Command::new(root().join("target/tools/bin/node"));
    command
        .arg(program)
        .current_dir(root())
        .env("PATH", xtask::setup::path_with_tools()?)
        // It would ask before it migrates, and tell its makers that it runs.
        .env("CI", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_LOG_PATH", folder.join("wrangler"));
    Ok(command)
}
