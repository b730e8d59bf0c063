//! Instances on workerd: `wrangler dev` on the top-level `wrangler.toml`, or on one with more
//! databases for messages; or a Worker for each function; or the gateway alone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::{Value, json};
use xtask::catalogue::Function as Component;

use super::{INTERNAL_KEY, Instance, Options, root};

/// The name of the Worker that requests come to.
pub const EDGE: &str = "spacebar";
/// The bindings of further databases for messages. With three, most channels are not in the first.
const DIVIDED: [&str; 2] = ["MESSAGES_1", "MESSAGES_2"];

/// The command that serves the instance whose data is in `folder`, all functions in one Worker.
pub fn packed(folder: &Path, options: &Options) -> Result<Command> {
    let divided: &[&str] = if options.undivided { &[] } else { &DIVIDED };
    let settings = settings(folder, divided)?;
    migrate(folder, &settings)?;
    let mut command = dev(folder, &settings, "0", INTERNAL_KEY)?;
    command.args(["--var", &format!("CONFIG:{}", config(options))]);
    Ok(command)
}

/// The command that serves the gateway alone, at a port, for functions at a URL.
pub fn gateway(folder: &Path, port: &str, functions: &str, key: &str) -> Result<Command> {
    let settings = root().join("cloudflare/gateway.toml");
    let mut command = dev(folder, &settings, port, key)?;
    command.args(["--var", &format!("FUNCTIONS:{functions}")]);
    Ok(command)
}

/// `wrangler dev`, with its data in the folder.
fn dev(folder: &Path, settings: &Path, port: &str, key: &str) -> Result<Command> {
    let mut command = wrangler(folder, settings)?;
    command
        .args(["dev", "--ip", "127.0.0.1", "--port", port])
        .args(["--inspector-port", "0"])
        .args(["--show-interactive-dev-session", "false"])
        .args(["--var", &format!("INTERNAL_KEY:{key}")])
        .arg("--persist-to")
        .arg(folder);
    Ok(command)
}

/// The command that serves the instance whose data is in `folder`, by the Workers that were built
/// last: one of each function, or of each of a sample and one for the rest.
pub fn per_function(folder: &Path, options: &Options) -> Result<Command> {
    migrate(folder, &settings(folder, &[])?)?;
    let variables = json!({
        "INTERNAL_KEY": INTERNAL_KEY,
        "CONFIG": config(options).to_string(),
    });
    let mut command = node(&root().join("tests/workers/serve.mjs"), folder)?;
    command.arg(folder).arg(variables.to_string());
    command.args(xtask::cloudflare::configurations()?);
    Ok(command)
}

/// The name of a function's Worker.
pub fn worker(function: &Component) -> String {
    format!("{EDGE}-{}", function.component)
}

/// The name of the Worker that has the objects of another one's script, by themselves.
pub fn objects_of(worker: &str) -> String {
    format!("{worker}-objects")
}

/// The addresses of functions by the names of their Workers, where they have some of their own.
pub fn functions(instance: &Instance) -> HashMap<String, String> {
    inside(instance)["functions"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, url)| Some((name.clone(), url.as_str()?.to_owned())))
        .collect()
}

/// The address of the inspector of all Workers, where there is one.
pub fn inspector(instance: &Instance) -> Option<String> {
    inside(instance)["inspector"].as_str().map(str::to_owned)
}

/// What `serve.mjs` wrote down of itself, which no other host does.
fn inside(instance: &Instance) -> Value {
    let text = std::fs::read(instance.data().join("inside.json"));
    text.map_or(Value::Null, |text| {
        serde_json::from_slice(&text).expect("JSON")
    })
}

/// Brings the databases in `folder` up to date, as `cargo xtask cloudflare --migrate` does.
fn migrate(folder: &Path, settings: &Path) -> Result<()> {
    for database in xtask::cloudflare::databases(settings)? {
        let mut migrate = wrangler(folder, settings)?;
        migrate.args(["d1", "migrations", "apply", &database, "--local"]);
        let output = migrate.arg("--persist-to").arg(folder).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{database} is not migrated:\n{said}");
        }
    }
    Ok(())
}

/// The command that has a database in `folder` execute statements.
pub fn execute(folder: &Path, database: &str) -> Result<Command> {
    let mut execute = wrangler(folder, &root().join("wrangler.toml"))?;
    execute.args(["d1", "execute", database, "--local", "--persist-to"]);
    execute.arg(folder);
    Ok(execute)
}

/// The settings, as the variable `CONFIG` has them.
fn config(options: &Options) -> Value {
    let mut config = json!({ "rate_limits": { "enabled": options.are_limited() } });
    if let Some(url) = options.public_url() {
        config["public_url"] = json!(url);
    }
    config
}

/// The `wrangler.toml` with these databases for messages beside its own: the top-level one as it
/// is, or a copy in the instance's folder.
fn settings(folder: &Path, databases: &[&str]) -> Result<PathBuf> {
    let original = root().join("wrangler.toml");
    if databases.is_empty() {
        return Ok(original);
    }
    let mut text = std::fs::read_to_string(original)?;
    // Paths are relative to the file.
    for path in ["target/", "shared/"] {
        text = text.replace(
            &format!("\"{path}"),
            &format!("\"{}/{path}", root().display()),
        );
    }
    let migrations = root().join("shared/store/migrations/messages");
    for binding in databases {
        text.push_str(&format!(
            "\n[[d1_databases]]\nbinding = \"{binding}\"\ndatabase_name = \"{binding}\"\n\
             migrations_dir = \"{}\"\n",
            migrations.display()
        ));
    }
    let copy = folder.join("wrangler.toml");
    std::fs::write(&copy, text)?;
    Ok(copy)
}

/// `wrangler` by our own Node, as `cargo xtask` installed it.
fn wrangler(folder: &Path, settings: &Path) -> Result<Command> {
    let program = root().join("tests/workers/node_modules/.bin/wrangler");
    if !program.exists() {
        bail!("wrangler is missing: run `cargo xtask ci cloudflare`, which installs it");
    }
    let mut command = node(&program, folder)?;
    command.arg("--config").arg(settings);
    Ok(command)
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
