//! Writes the JavaScript around a WASM module that was built with `wasm-bindgen`.
//!
//! The program `wasm-bindgen` does the same and much more, and takes four times as long to compile.

mod sizes;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

/// `bindgen MODULE.wasm FOLDER…`: writes `index.js` and `index_bg.wasm` into the folder of each
/// module. `bindgen --sizes MODULE.wasm CRATE…` prints how much code each crate has in it.
fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    if let [option, module, crates @ ..] = args.as_slice()
        && option == "--sizes"
    {
        return sizes::print(module, crates);
    }
    let mut args = args.into_iter();
    while let Some(module) = args.next() {
        let folder = args.next().context("a module has no folder")?;
        bind(&module, &folder).with_context(|| module)?;
    }
    Ok(())
}

fn bind(module: &str, folder: &str) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .out_name("index")
        .module(true)?
        .reset_state_function(true)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
}
