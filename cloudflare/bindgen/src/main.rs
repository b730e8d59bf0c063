//! Writes the JavaScript around a WASM module that was built with `wasm-bindgen`.
//!
//! The program `wasm-bindgen` does the same and much more, and takes four times as long to compile.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

/// `bindgen MODULE.wasm FOLDER`: writes `index.js` and `index_bg.wasm` into the folder.
fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let module = args.next().context("no module is named")?;
    let folder = args.next().context("no folder is named")?;
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
