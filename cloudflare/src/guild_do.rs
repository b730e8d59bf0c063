//! The object of one guild: its connected members, and the audiences of its events.

use gateway_durable::durable::Address;
use runtime::entry::worker::refuse;
use runtime::host::worker::request;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::gateway_calls::Call;
use crate::gateway_object::Object;

/// One guild.
#[durable_object]
pub struct Guild(Object);

impl DurableObject for Guild {
    fn new(state: State, env: Env) -> Self {
        Self(Object::new(state, env))
    }

    async fn fetch(&self, incoming: Request) -> Result<Response> {
        match request(incoming) {
            Ok(request) => self.0.call(request, own).await,
            Err(_) => refuse(model::Code::BadRequest),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.0.alarm().await
    }
}

/// Callers find the object by its name, which is the guild's id.
fn own(call: &Call) -> Option<Address> {
    Some(call.to()).filter(|to| *to != Address::Sessions)
}
