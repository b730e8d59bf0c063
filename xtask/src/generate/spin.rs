//! `spin.toml`: one component and its routes for each function.
//!
//! See [Spin's manifest reference](https://spinframework.dev/manifest-reference).

use std::fmt::Write;

use crate::catalogue::Function;

const HEAD: &str = r#"
# Written by `cargo xtask generate` from the `function!` blocks; do not edit by hand.
spin_manifest_version = 2

[application]
name = "spacebar"
version = "0.1.0"
description = "Discord-compatible chat; every route is its own function"

[variables]
# The settings that concern functions, as JSON; every field has a default.
config = { default = "{}", secret = true }
# How a batch reaches the database: `statements`, one by one, to Spin's own; `libsql`, in one
# request, to the libSQL server at `database_url`; or `reserved`, in one call to the local host.
database = { default = "statements" }
# The server: scheme and authority, such as `https://name-organisation.turso.io`, and its token.
database_url = { default = "http://database.internal" }
database_token = { default = "", secret = true }
# Where the gateway is told of events: scheme and authority.
gateway_url = { default = "http://gateway.internal" }
# Where blobs are: scheme and authority. The gateway's process keeps them in a folder.
blobs_url = { default = "http://blobs.internal" }
"#;

/// The variables that every component is given.
const VARIABLES: [&str; 6] = [
    "config",
    "database",
    "database_url",
    "database_token",
    "gateway_url",
    "blobs_url",
];

/// What `spin build` runs, once for all components: in the first one's folder, the manifest's.
const BUILD: &str = "cargo xtask build";

/// Bytes of a request's body where nothing is uploaded.
const BODY_BYTES_MAX: u64 = 1 << 20;
/// The same where images come as text in JSON: 10 MiB of them and a third for base64.
const IMAGE_BODY_BYTES_MAX: u64 = 16 << 20;
/// The same where files are streamed. The instance's own limits are checked part by part.
const UPLOAD_BODY_BYTES_MAX: u64 = 512 << 20;

/// Bytes of memory where images are decoded.
const DECODING_MEMORY_BYTES_MAX: u64 = 192 << 20;

/// The whole file.
pub fn manifest(functions: &[Function]) -> String {
    let mut text = HEAD.trim_start().to_owned();
    for (index, function) in functions.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = component(&mut text, function, index == 0);
    }
    text
}

fn component(text: &mut String, function: &Function, builds: bool) -> std::fmt::Result {
    let id = &function.component;
    for route in &function.routes {
        writeln!(text, "\n[[trigger.http]]")?;
        writeln!(text, "route = \"{route}\"\ncomponent = \"{id}\"")?;
    }
    write!(
        text,
        "\n[component.{id}]\nsource = \"target/functions/{id}.wasm\"\n"
    )?;
    let settings = outbound_settings(function).into_iter();
    let hosts = settings.map(|host| format!("\"{{{{ {host} }}}}\""));
    let fixed = function.outbound.iter().map(|host| format!("\"{host}\""));
    let hosts: Vec<_> = hosts.chain(fixed).collect();
    writeln!(text, "allowed_outbound_hosts = [{}]", hosts.join(", "))?;
    writeln!(text, "sqlite_databases = [\"default\"]")?;
    if builds {
        writeln!(text, "[component.{id}.build]\ncommand = \"{BUILD}\"")?;
    }
    writeln!(text, "[component.{id}.variables]")?;
    for name in VARIABLES {
        writeln!(text, "{name} = \"{{{{ {name} }}}}\"")?;
    }
    limits(text, function)
}

/// What the local host enforces around a call. Spin does not read this table.
fn limits(text: &mut String, function: &Function) -> std::fmt::Result {
    writeln!(text, "[component.{}.tool.spacebar]", function.component)?;
    let body = match () {
        () if uses(function, "blobs") => UPLOAD_BODY_BYTES_MAX,
        () if uses(function, "images") => IMAGE_BODY_BYTES_MAX,
        () => BODY_BYTES_MAX,
    };
    writeln!(text, "body_bytes_max = {body}")?;
    if uses(function, "passwords") {
        // Hashing is meant to be slow: few at once, so that it cannot take the machine, and time
        // for those that wait. What is read at the same path does not wait behind two hashes.
        let read = function.operations.iter().any(|it| it.method == "GET");
        let instances_max = if read { 8 } else { 2 };
        writeln!(text, "instances_max = {instances_max}\ndeadline_ms = 30000")?;
    }
    if uses(function, "decoding") {
        // An image of 16 megapixels is up to 100 MiB while it is decoded, and takes two seconds.
        writeln!(
            text,
            "decodes = true\nmemory_bytes_max = {DECODING_MEMORY_BYTES_MAX}\n\
             cpu_ms_max = 10000\ninstances_max = 8"
        )?;
    }
    writeln!(text, "operations = [")?;
    for operation in &function.operations {
        // Where no token is needed, an invented one must not bring another window.
        let by = match operation.access.as_str() {
            "Anyone" => ", by = \"address\"",
            _ => "",
        };
        writeln!(
            text,
            "    {{ method = \"{}\", name = \"{}\", limit = {}, per_ms = {}{by} }},",
            operation.method, operation.name, operation.limit, operation.per_ms
        )?;
    }
    writeln!(text, "]")
}

/// The variables that name where a function may send requests: to the database and the gateway,
/// which every write concerns, and to the store of files.
fn outbound_settings(function: &Function) -> Vec<&'static str> {
    let mut hosts = vec!["database_url", "gateway_url"];
    let stores = ["blobs", "images", "decoding"];
    if stores.iter().any(|capability| uses(function, capability)) {
        hosts.push("blobs_url");
    }
    hosts
}

fn uses(function: &Function, capability: &str) -> bool {
    function.capabilities.iter().any(|it| it == capability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_a_route_and_a_component_with_the_least_it_needs() {
        let functions = crate::catalogue::parse(
            r#"[{"component": "channels-typing", "crate": "channels", "module": "typing",
                "routes": ["/api/:version/channels/:channel_id/typing",
                "/api/channels/:channel_id/typing"], "mount": "api",
                "path": "/channels/{channel_id}/typing", "capabilities": ["outbound"],
                "outbound": ["https://*.example.org"],
                "operations": [{"method": "POST", "name": "trigger_typing_indicator", 
                "access": "InChannel(2048)", "requires": [], "limit": 5, "per_ms": 5000}]}]"#,
        );
        let text = manifest(&functions.unwrap());
        let component = text.strip_prefix(HEAD.trim_start()).unwrap();
        assert_eq!(
            component,
            r#"
[[trigger.http]]
route = "/api/:version/channels/:channel_id/typing"
component = "channels-typing"

[[trigger.http]]
route = "/api/channels/:channel_id/typing"
component = "channels-typing"

[component.channels-typing]
source = "target/functions/channels-typing.wasm"
allowed_outbound_hosts = ["{{ database_url }}", "{{ gateway_url }}", "https://*.example.org"]
sqlite_databases = ["default"]
[component.channels-typing.build]
command = "cargo xtask build"
[component.channels-typing.variables]
config = "{{ config }}"
database = "{{ database }}"
database_url = "{{ database_url }}"
database_token = "{{ database_token }}"
gateway_url = "{{ gateway_url }}"
blobs_url = "{{ blobs_url }}"
[component.channels-typing.tool.spacebar]
body_bytes_max = 1048576
operations = [
    { method = "POST", name = "trigger_typing_indicator", limit = 5, per_ms = 5000 },
]
"#
        );
    }
}
