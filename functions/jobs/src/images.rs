//! Removing images that were replaced.

use actions::images::{self, Unnamed};
use runtime::prelude::*;
use serde::Deserialize;

use crate::step::Outcome;

/// Which images.
#[derive(Debug, Deserialize)]
pub(crate) struct Payload {
    images: Vec<Unnamed>,
}

/// Removes the images that are still named by nothing.
pub(crate) async fn step(cx: &Cx, payload: Payload) -> Result<Outcome> {
    for image in &payload.images {
        images::finish(cx, image).await?;
    }
    Ok(Outcome::Done)
}
