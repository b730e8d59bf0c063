//! How large the Workers are: one for each function, or what has which part of the one with all.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{bindgen, node};
use crate::catalogue::Function;
use crate::{announce, process};

/// What functions stand on, above before below.
const BELOW: [&str; 6] = [
    "actions",
    "gateway_durable",
    "cloudflare",
    "runtime",
    "store",
    "model",
];

/// Kilobytes that half of all Workers may have, gzipped.
const MEDIAN_MAX: f64 = 270.0;
/// Kilobytes that one may have, gzipped.
const ONE_MAX: f64 = 920.0;

/// Prints the size of each Worker, and fails when they are larger than they may be. A sample's
/// median says nothing: those that the gateway calls and the first with their capabilities are
/// large.
pub fn check(folders: &[PathBuf], is_sample: bool) -> Result<()> {
    let said = process::output(node("cloudflare/sizes.mjs")?.args(folders))?;
    let mut sizes = Vec::new();
    for (line, folder) in said.lines().zip(folders) {
        let (script, module) = line.split_once(' ').context("the sizes are none")?;
        let (script, module): (f64, f64) = (script.parse()?, module.parse()?);
        let name = folder.file_name().map(OsStr::to_string_lossy);
        let name = name.unwrap_or_default();
        sizes.push((script + module, script, name));
    }
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (bytes, script, name) in &sizes {
        println!(
            "{:>8.1} KB, {:.1} of it JavaScript  {name}",
            bytes / 1e3,
            script / 1e3
        );
    }
    let median = sizes.get(sizes.len() / 2).map_or(0.0, |it| it.0 / 1e3);
    let largest = sizes.last().map_or(0.0, |it| it.0 / 1e3);
    announce(&format!(
        "{} Workers, median {median:.1} KB, largest {largest:.1} KB, gzipped",
        sizes.len()
    ));
    if largest > ONE_MAX {
        bail!("each may have {ONE_MAX} KB");
    }
    if !is_sample && median > MEDIAN_MAX {
        bail!("half of them may have {MEDIAN_MAX} KB");
    }
    Ok(())
}

/// Prints how much of a module's code each resource has, and each crate that they stand on.
pub fn by_crate(module: &Path, functions: &[Function]) -> Result<()> {
    let mut crates: Vec<_> = functions
        .iter()
        .map(|it| it.krate.replace('-', "_"))
        .collect();
    crates.dedup();
    crates.extend(BELOW.map(str::to_owned));
    let said = process::output(bindgen().arg("--sizes").arg(module).args(crates))?;
    let mut sizes = Vec::new();
    for line in said.lines() {
        let (bytes, name) = line.split_once(' ').context("the sizes are none")?;
        sizes.push((bytes.parse::<f64>()?, name));
    }
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: f64 = sizes.iter().map(|(bytes, _)| bytes).sum();
    for (bytes, name) in &sizes {
        let (kilobytes, share) = (bytes / 1e3, 100.0 * bytes / all);
        println!("{kilobytes:>8.1} KB of code, {share:>4.1} %  {name}");
    }
    Ok(())
}
