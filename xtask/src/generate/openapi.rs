//! The description of all operations, `docs/openapi.json`.
//!
//! The functions tell what they read and answer; what they are for stands above their handlers.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::docs::doc_of;
use crate::catalogue::Function;
use crate::files;

/// The document, with each handler's first paragraph as its operation's description.
pub fn document(functions: &[Function], mut document: Value, root: &Path) -> Result<String> {
    for function in functions {
        let source = files::read(&root.join(function.file()))?;
        let item = &mut document["paths"][&function.described_path];
        for operation in &function.operations {
            let described = &mut item[operation.method.to_ascii_lowercase()];
            let (method, path) = (&operation.method, &function.path);
            ensure!(described.is_object(), "{method} {path} is not described");
            if let Some(doc) = doc_of(&source, &operation.name) {
                described["description"] = json!(doc.replace("\\|", "|"));
            }
        }
    }
    Ok(format!("{document:#}\n"))
}
