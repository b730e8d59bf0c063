//! Every operation there is, and where it is reached.

use runtime::{Function, Operation};

/// Every operation of the catalogue with its function.
pub fn operations() -> impl Iterator<Item = (&'static Function, &'static Operation)> {
    let files = functions::CATALOGUE.iter().flat_map(|(_, files)| *files);
    files.flat_map(|(_, function)| {
        let operations = function.operations.iter();
        operations.map(move |operation| (function, operation))
    })
}

/// The path from the origin of what is at `path` below the function's mount.
pub fn full_path(function: &Function, path: &str) -> String {
    let prefix = function.mount.prefixes()[0];
    prefix.replace(":version", "v10") + path
}
