//! How large the Workers are, one for each function.

use std::ffi::OsStr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::node;
use crate::{announce, process};

/// Kilobytes that half of the Workers may have, gzipped.
const MEDIAN_MAX: f64 = 240.0;
/// Kilobytes that one may have, gzipped.
const ONE_MAX: f64 = 820.0;

/// Prints the size of each Worker, and fails when they are larger than they may be.
pub fn check(folders: &[PathBuf]) -> Result<()> {
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
    if median > MEDIAN_MAX || largest > ONE_MAX {
        bail!("half of them may have {MEDIAN_MAX} KB, each {ONE_MAX}");
    }
    Ok(())
}
