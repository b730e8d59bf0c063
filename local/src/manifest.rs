//! Reading `spin.toml`: which components there are, at which routes, and what each may do.
//!
//! Only what our manifests use of version 2 is read. See
//! [Spin's manifest reference](https://spinframework.dev/manifest-reference).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// An application: its components and the routes to them.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The routes, in the order of the file.
    pub routes: Vec<Route>,
    /// The components by name.
    pub components: BTreeMap<String, Component>,
    /// Variables with their defaults; the host's own count over these.
    pub variables: BTreeMap<String, String>,
}

/// A path pattern and the component that answers it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Literal segments, `:name` segments, and perhaps `/...` at the end.
    pub route: String,
    /// The component's name.
    pub component: String,
}

/// One component and what it is allowed.
#[derive(Debug, Clone, Deserialize)]
pub struct Component {
    /// The WebAssembly file; [`Manifest::read`] makes it relative to the working directory.
    pub source: PathBuf,
    /// Hosts it may send requests to, such as `http://blobs.internal` or `https://*.example.com`.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// Databases it may open.
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    /// Variables it may ask for. A value in double braces is the host's variable of that name.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    #[serde(default)]
    tool: Tools,
}

impl Component {
    /// What our own host needs to know and Spin does not.
    pub fn extra(&self) -> &Extra {
        &self.tool.spacebar
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Tools {
    #[serde(default)]
    spacebar: Extra,
}

/// The table `[component.X.tool.spacebar]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Extra {
    /// Bytes of the largest request body.
    pub body_bytes_max: Option<u64>,
    /// Milliseconds that a call may take without a byte of its bodies moving.
    pub deadline_ms: Option<u64>,
    /// Milliseconds of computation that a call may use.
    pub cpu_ms_max: Option<u64>,
    /// Bytes of memory that one instance may have.
    pub memory_bytes_max: Option<usize>,
    /// Whether it decodes images: all that do share `functions.decoding_bytes_max`.
    pub decodes: bool,
    /// Calls that run at once.
    pub instances_max: Option<usize>,
    /// What the methods are and how often each may be called.
    pub operations: Vec<Operation>,
}

/// One method of a function.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// The HTTP method, in capitals.
    pub method: String,
    /// Discord's name of the operation.
    pub name: String,
    /// Requests in one rate limit window.
    pub limit: u32,
    /// Milliseconds of a window.
    pub per_ms: u64,
    /// Operations with the same bucket are counted together; the name if there is none.
    pub bucket: Option<String>,
    /// Whom a window belongs to.
    #[serde(default)]
    pub by: By,
}

/// Whom a rate limit window belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The request's token; the client's address where there is none.
    #[default]
    Token,
    /// The client's address, whatever token it claims to have: the function asks for none, so a
    /// made-up one must not open another window.
    Address,
}

#[derive(Deserialize)]
struct File {
    spin_manifest_version: u32,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    trigger: Triggers,
    component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
struct Variable {
    default: Option<String>,
}

#[derive(Deserialize)]
struct Triggers {
    http: Vec<Route>,
}

impl Manifest {
    /// Reads the manifest at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is not version 2, or a route names a component that is not there.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder).with_context(|| format!("in {}", path.display()))
    }

    fn parse(text: &str, folder: &Path) -> Result<Self> {
        let mut file: File = toml::from_str(text)?;
        if file.spin_manifest_version != 2 {
            bail!(
                "spin_manifest_version is {}, not 2",
                file.spin_manifest_version
            );
        }
        for route in &file.trigger.http {
            if !file.component.contains_key(&route.component) {
                bail!(
                    "route {} names no component: {}",
                    route.route,
                    route.component
                );
            }
        }
        for component in file.component.values_mut() {
            component.source = folder.join(&component.source);
        }
        Ok(Self {
            routes: file.trigger.http,
            components: file.component,
            variables: file
                .variables
                .into_iter()
                .filter_map(|(name, variable)| Some((name, variable.default?)))
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        spin_manifest_version = 2
        [application]
        name = "x"
        version = "1"
        [[trigger.http]]
        route = "/a/:b"
        component = "c"
        [component.c]
        source = "target/c.wasm"
        sqlite_databases = ["default"]
        [component.c.variables]
        config = "{{ config }}"
        [component.c.tool.spacebar]
        body_bytes_max = 10
        operations = [{ method = "GET", name = "get_b", limit = 5, per_ms = 1000 }]
    "#;

    #[test]
    fn components_and_routes_are_read() {
        let manifest = Manifest::parse(TEXT, Path::new("/app")).unwrap();
        let component = &manifest.components["c"];
        assert_eq!(component.source, Path::new("/app/target/c.wasm"));
        assert_eq!(component.extra().body_bytes_max, Some(10));
        assert_eq!(component.extra().operations[0].name, "get_b");
        assert_eq!(manifest.routes[0].route, "/a/:b");
    }

    #[test]
    fn a_route_to_nowhere_and_a_misspelt_key_are_errors() {
        let nowhere = TEXT.replace("component = \"c\"", "component = \"d\"");
        let error = Manifest::parse(&nowhere, Path::new("")).unwrap_err();
        assert!(error.to_string().contains("/a/:b"), "{error}");
        let misspelt = TEXT.replace("body_bytes_max", "body_bytes");
        assert!(Manifest::parse(&misspelt, Path::new("")).is_err());
    }
}
