//! What only the instance itself may call cannot be reached from outside.

use http::Method;

use crate::support::Instance;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_internal_answers_the_outside() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, _) = owner.create_guild("a community").await;
    let members = format!("/internal/v1/guilds/{guild}/members");
    let snapshot = format!("/internal/v1/guilds/{guild}");
    let calls = [
        (Method::POST, "/internal/v1/publish"),
        (Method::POST, "/internal/v1/identify"),
        (Method::POST, "/internal/v1/jobs/run"),
        (Method::POST, "//internal/v1/jobs/run"),
        (Method::POST, "/internal/v1/jobs/run/"),
        (Method::POST, "/%69nternal/v1/jobs/run"),
        (Method::POST, "/api/../internal/v1/jobs/run"),
        (Method::POST, &members),
        (Method::GET, &snapshot),
    ];
    // What a proof looks like, that of an empty key, and what clients have.
    let forged = "Internal 99999999999999.AAAA";
    for (method, path) in calls {
        for proof in [forged, "Internal ", &owner.token] {
            let request = instance.nobody().request(method.clone(), path);
            let request = request.header("authorization", proof).json(&guild);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), 404, "{method} {path}");
        }
    }
}
