//! What Discord's client tells of its user, which nobody here reads.
//!
//! See [Userdoccers/Analytics](https://docs.discord.food/topics/analytics).

use runtime::prelude::*;

function! {
    "/science"
    POST track_science
}

/// Takes it and forgets it.
async fn track_science(_: &Cx, _: Anyone) -> Result<NoContent> {
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    /// Clients send it in several forms, some as a page is left, and try again until it is taken.
    #[test]
    fn whatever_is_sent_is_taken_and_forgotten() {
        let app = App::new();
        let (nobody, alice) = (app.nobody(), app.register("alice"));
        for body in ["", "no JSON", r#"{"events":[]}"#] {
            for caller in [&nobody, &alice] {
                let request = http::Request::post("/api/v9/science");
                let body = body.as_bytes().to_vec().into();
                caller.send_raw(&FUNCTION, request, body).no_content();
            }
        }
        assert!(app.events().is_empty());
    }
}
