//! A Worker for each function, or for each of a sample, bound as a service to the one that requests
//! come to.
//!
//! Each has a folder below `target/workers/` with its script, its module and the configuration that
//! wrangler deploys it by; the one that requests come to is in `target/edge/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::{CLASSES, CLASSES_OF_GATEWAY, bind, finish, module, sample, sizes, wrangler};
use crate::build::{self, Host, Options};
use crate::catalogue::{self, Function};
use crate::changed::Change;
use crate::files::{self, write_if_changed};
use crate::{announce, process, setup};

/// What `wrangler.toml` says of the Worker that requests come to.
const OF_EDGE: [&str; 4] = ["route", "routes", "version_metadata", "workers_dev"];
/// What it says of every Worker.
const OF_ALL: [&str; 8] = [
    "account_id",
    "compatibility_date",
    "d1_databases",
    "limits",
    "observability",
    "placement",
    "r2_buckets",
    "vars",
];
/// What wrangler says of a Worker that is not there.
const MISSING: &str = "10007";
/// The Worker of the functions that have none of their own, after the name of the edge.
const REST: &str = "rest";
/// Its configuration, beside the script of the packed form, which is its own too.
const REST_CONFIGURATION: &str = "rest.json";

/// What the suite needs of it, whole.
pub fn prepare() -> Result<()> {
    all(false, &catalogue::read_in_suite()?)
}

/// What the suite needs of it by default: the Workers of a sample, and one for the rest.
pub fn prepare_sample() -> Result<()> {
    let functions = catalogue::read_in_suite()?;
    let change = Change::since_main();
    if let Err(error) = &change {
        announce(&format!("no function counts as changed: {error:#}"));
    }
    let is_changed = |it: &Function| change.as_ref().is_ok_and(|change| change.touches(it));
    let sample = sample::pick(&functions, is_changed);
    announce(&sample::report(&sample, functions.len()));
    setup::toolchain()?;
    setup::workers()?;
    super::build(false)?;
    let own: Vec<_> = sample.into_iter().map(|(function, _)| function).collect();
    build(false, &functions, &own)
}

/// Builds every Worker.
pub fn all(release: bool, functions: &[Function]) -> Result<()> {
    setup::toolchain()?;
    setup::workers()?;
    build(release, functions, &functions.iter().collect::<Vec<_>>())
}

/// Builds the Worker that requests come to, and those of the functions that have their `own`.
fn build(release: bool, functions: &[Function], own: &[&Function]) -> Result<()> {
    let ids: Vec<_> = own.iter().map(|it| it.component.as_str()).collect();
    let is_sample = own.len() < functions.len();
    let options = Options {
        release,
        only: is_sample.then_some(&ids),
    };
    build::components(functions, Host::Worker, options)?;
    announce("building the Worker that requests come to");
    let edge = module(release, &["--no-default-features"])?;
    announce("writing the scripts");
    let mut modules = vec![(edge, edge_folder())];
    for function in own {
        let folder = folder(function);
        modules.push((folder.with_extension("wasm"), folder));
    }
    bind(&modules)?;
    for function in own {
        let classes: &[_] = if function.costly { &["Compute"] } else { &[] };
        finish(&folder(function), classes)?;
    }
    // What an instance that was deployed as one Worker has objects of must still be there by name.
    finish(&edge_folder(), &CLASSES)?;
    let mut folders: Vec<_> = modules.into_iter().map(|(_, folder)| folder).collect();
    let built = folders.len();
    folders.extend(is_sample.then(super::folder));
    bundle(&folders)?;
    configure(functions, own)?;
    // The packed form has a bound of its own.
    sizes::check(&folders[..built], is_sample)
}

/// The configurations of all Workers that were built last, the first of which is that of the one
/// that requests come to.
///
/// # Errors
/// When none were built.
pub fn configurations() -> Result<Vec<PathBuf>> {
    let edge = edge_folder().join("wrangler.json");
    let config: Value = serde_json::from_str(&files::read(&edge)?)?;
    let services = services(&config).context("the edge has no name")?;
    Ok([vec![edge], services].concat())
}

/// The configurations of the Workers that are bound to the edge with this one.
fn services(edge: &Value) -> Option<Vec<PathBuf>> {
    let name = edge["name"].as_str()?;
    let services = edge["services"].as_array().into_iter().flatten();
    let services = services.filter_map(|it| it["service"].as_str());
    let services: BTreeSet<_> = services.collect();
    let of_service = |own: &str| match own == service(name, REST) {
        true => super::folder().join(REST_CONFIGURATION),
        false => {
            let component = own.strip_prefix(&service(name, "")).unwrap_or(own);
            workers_folder().join(component).join("wrangler.json")
        }
    };
    Some(services.into_iter().map(of_service).collect())
}

/// Deploys every Worker. `secrets` is a file with the secrets, as wrangler takes them.
pub fn deploy(secrets: &Path) -> Result<()> {
    let functions = catalogue::ask()?;
    let secrets = fs::canonicalize(secrets).context("the file with the secrets")?;
    let edge = edge_folder();
    // Each side is bound to the other one, so the first time one of them has to do without.
    if !is_deployed(&edge.join("wrangler.json"))? {
        deploy_one(&edge.join("first.json"), &secrets)?;
    }
    for function in &functions {
        deploy_one(&folder(function).join("wrangler.json"), &secrets)?;
    }
    deploy_one(&edge.join("wrangler.json"), &secrets)
}

fn is_deployed(config: &Path) -> Result<bool> {
    let mut list = wrangler()?;
    list.args(["deployments", "list", "--config"]).arg(config);
    let output = list.output().context("wrangler does not start")?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    match output.status.success() {
        true => Ok(true),
        false if said.contains(MISSING) => Ok(false),
        false => bail!("wrangler does not say whether there is an instance:\n{said}"),
    }
}

fn deploy_one(config: &Path, secrets: &Path) -> Result<()> {
    announce(&format!("deploying {}", config.display()));
    let mut command = wrangler()?;
    command.arg("deploy").arg("--config").arg(config);
    process::run(command.arg("--secrets-file").arg(secrets))
}

fn folder(function: &Function) -> PathBuf {
    workers_folder().join(&function.component)
}

fn workers_folder() -> PathBuf {
    crate::root().join("target").join(Host::Worker.folder())
}

fn edge_folder() -> PathBuf {
    crate::root().join("target/edge")
}

/// Makes one small script of each folder's parts.
fn bundle(folders: &[PathBuf]) -> Result<()> {
    let target = crate::root().join("target");
    let mut esbuild = process::program("tests/workers/node_modules/.bin/esbuild");
    esbuild.args(folders.iter().map(|folder| folder.join("worker.mjs")));
    esbuild.args([
        "--bundle",
        "--minify",
        "--format=esm",
        "--log-level=warning",
    ]);
    esbuild.args(["--external:cloudflare:workers", "--external:*.wasm"]);
    esbuild.arg(format!("--outdir={}", target.display()));
    esbuild.arg(format!("--outbase={}", target.display()));
    process::run(esbuild.arg("--entry-names=[dir]/script"))
}

/// Writes what wrangler deploys each Worker by, from what it deploys the packed form by.
fn configure(functions: &[Function], own: &[&Function]) -> Result<()> {
    let packed = files::read(&crate::root().join("wrangler.toml"))?;
    let packed: Map<String, Value> =
        toml::from_str(&packed).context("wrangler.toml is not what it was")?;
    let name = packed.get("name").and_then(Value::as_str);
    let name = name.context("wrangler.toml has no name")?;
    let has_own = |it: &Function| own.iter().any(|own| own.component == it.component);
    let edge = edge(&packed, name, functions, has_own);
    write(&edge_folder().join("wrangler.json"), &edge)?;
    let mut first = edge;
    first.remove("services");
    write(&edge_folder().join("first.json"), &first)?;
    for function in own {
        let path = folder(function).join("wrangler.json");
        let config = worker(&packed, name, &function.component, function.costly);
        write(&path, &config)?;
    }
    if own.len() < functions.len() {
        let path = super::folder().join(REST_CONFIGURATION);
        write(&path, &worker(&packed, name, REST, true))?;
    }
    Ok(())
}

fn write(path: &Path, config: &Map<String, Value>) -> Result<()> {
    let text = serde_json::to_string_pretty(config)?;
    write_if_changed(path, text.as_bytes()).map(drop)
}

fn edge(
    packed: &Map<String, Value>,
    name: &str,
    functions: &[Function],
    has_own: impl Fn(&Function) -> bool,
) -> Map<String, Value> {
    let mut config = script(packed);
    let services: Vec<_> = functions
        .iter()
        .map(|function| {
            let binding = function.component.replace('-', "_").to_uppercase();
            let worker = if has_own(function) {
                &function.component
            } else {
                REST
            };
            json!({ "binding": binding, "service": service(name, worker) })
        })
        .collect();
    let object = |class: &str| json!({ "name": class.to_uppercase(), "class_name": class });
    let objects = CLASSES_OF_GATEWAY.map(object);
    config.insert("name".into(), name.into());
    config.insert("services".into(), services.into());
    config.insert("durable_objects".into(), json!({ "bindings": objects }));
    let migration = json!({ "tag": "v1", "new_sqlite_classes": CLASSES });
    config.insert("migrations".into(), json!([migration]));
    config.extend(copied(packed, &OF_EDGE));
    config
}

/// A Worker of a function, or of all that have none; a `costly` one has an object with more time.
fn worker(
    packed: &Map<String, Value>,
    name: &str,
    worker: &str,
    costly: bool,
) -> Map<String, Value> {
    let mut config = script(packed);
    let object = |class: &str| {
        let binding = class.to_uppercase();
        json!({ "name": binding, "class_name": class, "script_name": name })
    };
    let mut objects: Vec<_> = CLASSES_OF_GATEWAY.into_iter().map(object).collect();
    if costly {
        objects.push(json!({ "name": "COMPUTE", "class_name": "Compute" }));
        let migration = json!({ "tag": "v1", "new_sqlite_classes": ["Compute"] });
        config.insert("migrations".into(), json!([migration]));
    }
    config.insert("name".into(), service(name, worker).into());
    config.insert("durable_objects".into(), json!({ "bindings": objects }));
    // It is reached through the edge alone.
    config.insert("workers_dev".into(), false.into());
    config.insert("preview_urls".into(), false.into());
    config
}

/// What every Worker has: its files and what is stored.
fn script(packed: &Map<String, Value>) -> Map<String, Value> {
    let mut config = Map::new();
    config.insert("main".into(), "script.js".into());
    config.insert("no_bundle".into(), true.into());
    let rule = json!({ "type": "CompiledWasm", "globs": ["index_bg.wasm"] });
    config.insert("rules".into(), json!([rule]));
    config.extend(copied(packed, &OF_ALL));
    config
}

/// What a configuration says of these.
fn copied(from: &Map<String, Value>, keys: &[&str]) -> Map<String, Value> {
    let said = keys.iter().filter_map(|key| from.get_key_value(*key));
    said.map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn service(name: &str, worker: &str) -> String {
    format!("{name}-{worker}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(component: &str) -> Function {
        let text = json!([{
            "component": component, "crate": "c", "module": "m", "routes": [], "path": "/",
            "mount": "api", "capabilities": [], "costly": true, "operations": [],
        }]);
        catalogue::parse(&text.to_string()).unwrap().remove(0)
    }

    #[test]
    fn functions_without_workers_of_their_own_share_one() {
        let packed = json!({ "name": "ours" });
        let functions = ["auth-login", "users-me", "users-notes"].map(function);
        let has_own = |it: &Function| it.component == "users-me";
        let edge = edge(packed.as_object().unwrap(), "ours", &functions, has_own);
        let bound = edge["services"].as_array().unwrap().iter();
        let bound: Vec<_> = bound.map(|it| it["service"].as_str().unwrap()).collect();
        assert_eq!(bound, ["ours-rest", "ours-users-me", "ours-rest"]);
        let configurations = services(&edge.into()).unwrap();
        let [rest, own] = &configurations[..] else {
            panic!("{configurations:?}");
        };
        assert!(rest.ends_with("target/cloudflare/rest.json"), "{rest:?}");
        assert!(
            own.ends_with("target/workers/users-me/wrangler.json"),
            "{own:?}"
        );
    }

    #[test]
    fn settings_reach_the_workers_that_need_them() {
        let packed = json!({
            "name": "ours",
            "account_id": "a",
            "routes": [{ "pattern": "chat.example.org", "custom_domain": true }],
            "workers_dev": true,
            "observability": { "enabled": true },
        });
        let packed = packed.as_object().unwrap();
        let functions = [function("auth-login")];
        let edge = edge(packed, "ours", &functions, |_| true);
        let worker = worker(packed, "ours", "auth-login", true);
        for key in ["account_id", "observability"] {
            assert_eq!(edge[key], packed[key]);
            assert_eq!(worker[key], packed[key]);
        }
        assert_eq!(edge["routes"], packed["routes"]);
        assert!(!worker.contains_key("routes"));
        assert_eq!(
            (&edge["workers_dev"], &worker["workers_dev"]),
            (&json!(true), &json!(false))
        );
        let service = json!({ "binding": "AUTH_LOGIN", "service": "ours-auth-login" });
        assert_eq!(edge["services"], json!([service]));
        assert_eq!(worker["name"], "ours-auth-login");
        // The same as of the packed form, so that either may follow the other.
        assert_eq!(edge["migrations"][0]["new_sqlite_classes"], json!(CLASSES));
    }
}
