//! Tests of messages with files.

use super::*;

#[test]
fn files_come_with_a_message_and_go_with_it() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let path = format!("/channels/{channel}/messages");
    let upload = |payload: Value| {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.txt\"\r\n\r\n\
             hello\r\n--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n\
             {payload}\r\n--b--\r\n"
        );
        let request = http::Request::post(format!("/api/v10{path}"))
            .header("content-type", "multipart/form-data; boundary=b");
        alice.send_raw(&FUNCTION, request, body.into_bytes().into())
    };
    let message = upload(json!({ "content": "" })).ok();
    let file = &message["attachments"][0];
    assert_eq!(
        (&file["filename"], &file["size"]),
        (&json!("a.txt"), &json!(5))
    );
    let picture = json!({ "embeds": [{ "image": { "url": "attachment://a.txt" } }] });
    let shown = upload(picture).ok();
    assert_eq!(shown["attachments"], json!([]));
    let url = shown["embeds"][0]["image"]["url"].as_str().expect("a URL");
    assert!(url.starts_with("http"), "{url}");
    // The instance moves, and its files with it.
    app.configure(|config| config.public_url = "https://elsewhere.example".to_owned());
    let moved = alice.get(&FUNCTION, &path).ok()[0].take();
    let url = moved["embeds"][0]["image"]["url"].as_str().expect("a URL");
    assert!(url.starts_with("https://elsewhere.example/cdn/"), "{url}");
    assert_eq!(app.blobs().len(), 2);
    let long = upload(json!({ "content": "x".repeat(2001) }));
    assert_eq!(long.field_error(&["content"]), "BASE_TYPE_MAX_LENGTH");
    assert_eq!(app.blobs().len(), 2);
    let path = format!("{path}/{}", message["id"].as_str().expect("an id"));
    alice.delete(&crate::message::FUNCTION, &path).no_content();
    let released = store::pending_uploads::before(app.now(), 10);
    assert_eq!(app.read(Store::messages(channel), released).len(), 1);
}

#[test]
fn an_embed_shows_a_file_by_the_name_that_it_was_sent_by() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let embeds = json!({ "embeds": [{ "image": { "url": "attachment://two words.png" } }] });
    let renamed = json!({
        "attachments": [{ "id": 0, "filename": "f\u{fc}nf (5).png" }],
        "embeds": [{ "image": { "url": "attachment://f\u{fc}nf (5).png" } }],
    });
    for (payload, name) in [(embeds, "two_words.png"), (renamed, "two_words.png")] {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"files[0]\"; \
             filename=\"two words.png\"\r\n\r\nhello\r\n--b\r\nContent-Disposition: form-data; \
             name=\"payload_json\"\r\n\r\n{payload}\r\n--b--\r\n"
        );
        let request = http::Request::post(format!("/api/v10/channels/{channel}/messages"))
            .header("content-type", "multipart/form-data; boundary=b");
        let shown = alice
            .send_raw(&FUNCTION, request, body.into_bytes().into())
            .ok();
        assert_eq!(shown["attachments"], json!([]));
        let url = shown["embeds"][0]["image"]["url"].as_str().expect("a URL");
        assert!(url.starts_with("http") && url.ends_with(name), "{url}");
    }
}

#[test]
fn a_message_has_ten_files_at_most() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let upload = |count: u32| {
        let files = (0..count).map(|number| {
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"files[{number}]\"; \
                 filename=\"{number}.txt\"\r\n\r\nhello\r\n"
            )
        });
        let body = files.collect::<String>() + "--b--\r\n";
        let request = http::Request::post(format!("/api/v10/channels/{channel}/messages"))
            .header("content-type", "multipart/form-data; boundary=b");
        alice.send_raw(&FUNCTION, request, body.into_bytes().into())
    };
    let message = upload(10).ok();
    assert_eq!(message["attachments"].as_array().unwrap().len(), 10);
    upload(11).is(Code::TooManyAttachments);
    assert_eq!(app.blobs().len(), 10);
}
