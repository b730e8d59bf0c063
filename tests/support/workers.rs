//! Instances on workerd: `wrangler dev` on the top-level `wrangler.toml`, or a Worker for each
//! function.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{Options, root};

/// What internal calls are proven with.
const INTERNAL_KEY: &str = "a key of tests, which guards nothing at all";
/// The databases of `wrangler.toml`.
const DATABASES: [&str; 2] = ["MAIN", "MESSAGES"];

/// The command that serves the instance whose data is in `folder`, all functions in one Worker.
pub fn packed(folder: &Path, options: &Options) -> Result<Command> {
    migrate(folder)?;
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
        .args(["--var", &format!("CONFIG:{}", config(options))])
        .arg("--persist-to")
        .arg(folder);
    Ok(command)
}

/// The command that serves the instance whose data is in `folder`, each function a Worker.
pub fn per_function(folder: &Path, options: &Options) -> Result<Command> {
    migrate(folder)?;
    let variables = json!({
        "INTERNAL_KEY": INTERNAL_KEY,
        "CONFIG": config(options).to_string(),
    });
    let target = root().join("target");
    let mut command = node(&root().join("tests/workers/serve.mjs"), folder)?;
    command.arg(folder).arg(variables.to_string());
    command.arg(target.join("edge/wrangler.json"));
    for function in xtask::catalogue::ask()? {
        let folder = target.join("workers").join(function.component);
        command.arg(folder.join("wrangler.json"));
    }
    Ok(command)
}

/// Brings the databases in `folder` up to date.
fn migrate(folder: &Path) -> Result<()> {
    for database in DATABASES {
        let mut migrate = wrangler(folder)?;
        migrate.args(["d1", "migrations", "apply", database, "--local"]);
        let output = migrate.arg("--persist-to").arg(folder).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{database} is not migrated:\n{said}");
        }
    }
    Ok(())
}

/// The settings, as the variable `CONFIG` has them.
fn config(options: &Options) -> Value {
    let mut config = json!({ "rate_limits": { "enabled": options.are_limited() } });
    if let Some(url) = options.public_url() {
        config["public_url"] = json!(url);
    }
    config
}

/// `wrangler` by our own Node, as `cargo xtask` installed it.
fn wrangler(folder: &Path) -> Result<Command> {
    let program = root().join("tests/workers/node_modules/.bin/wrangler");
    if !program.exists() {
        bail!("wrangler is missing: run `cargo xtask ci cloudflare`, which installs it");
    }
    node(&program, folder)
}

/// A program, by our own Node.
fn node(program: &Path, folder: &Path) -> Result<Command> {
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
