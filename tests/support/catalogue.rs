//! Every operation there is, and where it is reached.

use std::sync::OnceLock;

use runtime::routes::Routes;
use runtime::{Function, Operation};
use xtask::catalogue::{self, Function as Component};

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
    format!("{}{path}", function.mount.prefix())
}

/// The function that answers a path from the origin, as the programs of the suite know it.
pub fn component(path: &str) -> Option<&'static Component> {
    static ROUTES: OnceLock<Routes<usize>> = OnceLock::new();
    let routes = ROUTES.get_or_init(|| {
        let mut routes = Routes::default();
        for (number, component) in components().iter().enumerate() {
            for route in &component.routes {
                routes.insert(route, number).expect("a route of its own");
            }
        }
        routes
    });
    Some(&components()[*routes.find(path)?.target])
}

/// Every function, as the programs of the suite know it.
pub fn components() -> &'static [Component] {
    static COMPONENTS: OnceLock<Vec<Component>> = OnceLock::new();
    COMPONENTS.get_or_init(|| {
        let manifest = functions::manifest().to_string();
        catalogue::parse(&manifest).expect("the catalogue")
    })
}
