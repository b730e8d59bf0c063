//! `spin:variables`: what a function may ask the host to know.

use wasmtime::component::{ComponentType, Lift, Linker, Lower};

use super::state::State;

#[derive(Debug, Clone, ComponentType, Lift, Lower)]
#[component(variant)]
enum Error {
    #[component(name = "invalid-name")]
    InvalidName(String),
    #[component(name = "undefined")]
    Undefined(String),
    #[component(name = "provider")]
    Provider(String),
    #[component(name = "other")]
    Other(String),
}

/// Adds the interface to `linker`.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut variables = linker.instance("spin:variables/variables@3.0.0")?;
    variables.func_wrap_concurrent("get", |accessor, (name,): (String,)| {
        Box::pin(async move {
            let value = accessor.with(|mut access| {
                let environment = &access.data_mut().environment;
                environment.variables.get(&name).cloned()
            });
            Ok((value.ok_or(Error::Undefined(name)),))
        })
    })
}
