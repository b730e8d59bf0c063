//! A gateway by itself keeps the files of functions that have no place for them.

use http::Method;

use crate::support::Standalone;

#[tokio::test(flavor = "multi_thread")]
async fn files_are_kept_for_functions_alone() {
    let standalone = Standalone::start().await.expect("a gateway");
    let Some(standalone) = standalone else { return };
    let blob =
        async |method, key, body| standalone.blob(method, key, body).await.expect("an answer");
    let picture = "avatars/7/a_0f";
    let variants = ["64.png", "full.webp"].map(|name| format!("variants/{picture}/{name}"));
    for key in variants.iter().map(String::as_str).chain([picture]) {
        assert_eq!(blob(Method::PUT, key, key).await.0, 201);
        assert_eq!(blob(Method::GET, key, "").await, (200, key.to_owned()));
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = standalone.unproven_blob(method, picture).await;
        assert_eq!(answer.expect("an answer").0, 404);
    }

    let below = format!("variants/{picture}/");
    for _ in 0..2 {
        assert_eq!(blob(Method::DELETE, &below, "").await.0, 204);
    }
    for key in &variants {
        assert_eq!(blob(Method::GET, key, "").await.0, 404, "{key}");
    }
    assert_eq!(blob(Method::GET, &below, "").await.0, 405);
    assert_eq!(blob(Method::GET, picture, "").await.0, 200);
    assert_eq!(blob(Method::DELETE, picture, "").await.0, 204);
    assert_eq!(blob(Method::GET, picture, "").await.0, 404);
}
