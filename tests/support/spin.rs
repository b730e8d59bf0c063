//! An instance on Spin: `spin up` on the top-level `spin.toml`, and the gateway beside it.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::instance::program;
use super::{INTERNAL_KEY, root, workers};

/// The file of Spin's default database, in the folder of its state.
pub const DATABASE: &str = "sqlite_db.db";

/// What serves sockets beside Spin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gateway {
    /// `spacebar gateway`.
    Program,
    /// The gateway's Worker, on workerd.
    Worker,
}

/// The command that serves the functions of the instance whose data is in `folder`, and the one
/// that serves its sockets with their address.
pub fn commands(
    folder: &Path,
    are_limited: bool,
    beside: Gateway,
) -> Result<(Command, Command, String)> {
    migrate(
        folder.join(DATABASE).to_str().context("a folder's name")?,
        "",
    )?;
    let (functions, gateway) = (free_address()?, free_address()?);
    let gateway_url = format!("http://{gateway}");
    let config = json!({
        "public_url": format!("http://{functions}"),
        "gateway_public_url": format!("ws://{gateway}/gateway"),
        "internal_key": INTERNAL_KEY,
        "rate_limits": { "enabled": are_limited },
    });
    let mut spin = Command::new("spin");
    spin.args(["up", "--quiet", "--from"])
        .arg(root().join("spin.toml"))
        .args(["--listen", &functions, "--state-dir"])
        .arg(folder)
        .args(["--variable", &format!("config={config}")])
        .args(["--variable", &format!("gateway_url={gateway_url}")])
        .args(["--variable", &format!("blobs_url={gateway_url}")])
        .current_dir(folder);
    let functions = format!("http://{functions}");
    let sockets = gateway_of(&functions, folder, &gateway, beside)?;
    Ok((spin, sockets, gateway_url))
}

/// The command that serves the gateway of functions elsewhere at an address.
pub fn gateway_of(
    functions: &str,
    folder: &Path,
    address: &str,
    beside: Gateway,
) -> Result<Command> {
    let data = folder.join("gateway");
    let mut gateway = match beside {
        Gateway::Program => {
            let mut gateway = Command::new(program()?);
            gateway
                .args(["gateway", "--listen", address, "--data"])
                .arg(data)
                .args(["--functions", functions])
                .env("SPACEBAR_INTERNAL_KEY", INTERNAL_KEY);
            gateway
        }
        Gateway::Worker => {
            let port = address.rsplit(':').next().unwrap_or_default();
            workers::gateway(&data, port, functions, INTERNAL_KEY)?
        }
    };
    let log = File::create(folder.join("gateway.txt"))?;
    gateway
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // Its own children die with it.
        .process_group(0);
    Ok(gateway)
}

/// Runs `spacebar migrate`.
pub fn migrate(database: &str, token: &str) -> Result<()> {
    let mut migrate = Command::new(program()?);
    migrate.args(["migrate", "--db", database]);
    let output = migrate.env("SPACEBAR_DATABASE_TOKEN", token).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{database} is not migrated:\n{said}");
    }
    Ok(())
}

/// An address that was free a moment ago: either program must know the other's before it starts.
pub fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}
