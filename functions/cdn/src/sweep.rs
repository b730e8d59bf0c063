//! Removing files that were uploaded and never became part of a message.

use actions::attachments;
use runtime::prelude::*;

function! {
    at internal "/uploads/sweep"
    POST sweep_uploads
    uses blobs
}

/// Removes up to a hundred such files. The host's timer calls this every few minutes.
async fn sweep_uploads(cx: &Cx, _: Internal) -> Result<NoContent> {
    attachments::sweep(cx).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::{App, block_on};
    use store::pending_uploads;

    use super::*;

    #[test]
    fn the_timer_removes_what_waited_for_an_hour() {
        let app = App::new();
        let cx = block_on(Cx::new(app.host())).unwrap();
        let key = "attachments/1/2/a";
        block_on(cx.blobs().put(key, "text/plain", vec![1].into())).unwrap();
        let channel = Id::new(1);
        let mut batch = Batch::messages(channel);
        batch.push(pending_uploads::insert(key, channel, app.now()));
        app.write(batch);
        app.advance(60 * 60 * 1000 + 1);
        let path = "/uploads/sweep";
        app.nobody()
            .post(&FUNCTION, path, serde_json::json!({}))
            .is(Code::NotFound);
        app.itself()
            .post(&FUNCTION, path, serde_json::json!({}))
            .no_content();
        assert_eq!(app.blobs(), Vec::<String>::new());
    }
}
