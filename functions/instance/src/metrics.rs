//! What Discord's client tells of its user, which nobody here reads.
//!
//! See [Userdoccers/Analytics](https://docs.discord.food/topics/analytics).

use runtime::prelude::*;

function! {
    "/metrics"
    POST track_metrics
}

/// Takes it and forgets it.
async fn track_metrics(_: &Cx, _: Anyone) -> Result<NoContent> {
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_is_sent_is_forgotten() {
        let app = App::new();
        app.nobody()
            .post(&FUNCTION, "/metrics", json!({ "events": [] }))
            .no_content();
        assert!(app.events().is_empty());
    }
}
