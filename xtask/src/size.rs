//! How large the built functions are.

use std::fs;

use anyhow::{Result, bail};

use crate::{files, process};

/// `cargo xtask size`: the size of every built component, then the median and the sum, for each
/// profile that was built.
pub fn command() -> Result<()> {
    let mut any = false;
    for profile in ["wasm", "wasm-release"] {
        let folder = process::target().join("wasm32-wasip2").join(profile);
        let mut sizes: Vec<(u64, String)> = Vec::new();
        for name in files::names(&folder) {
            if let Some(id) = name.strip_suffix(".wasm") {
                sizes.push((
                    fs::metadata(folder.join(&name))?.len(),
                    id.replace('_', "-"),
                ));
            }
        }
        sizes.sort();
        let Some((median, _)) = sizes.get(sizes.len() / 2) else {
            continue;
        };
        any = true;
        for (bytes, id) in &sizes {
            println!("{:>8.1} KB  {id}", kilobytes(*bytes));
        }
        let sum: u64 = sizes.iter().map(|(bytes, _)| bytes).sum();
        println!(
            "profile {profile}: {} functions, median {:.1} KB, together {:.1} KB\n",
            sizes.len(),
            kilobytes(*median),
            kilobytes(sum)
        );
    }
    if !any {
        bail!("nothing is built yet: run `cargo xtask build`");
    }
    Ok(())
}

fn kilobytes(bytes: u64) -> f64 {
    bytes as f64 / 1000.0
}
