//! Files go to blobs; a message claims them or they are removed.

use model::permissions::{Overwrite, OverwriteKind};
use proptest::prelude::*;
use runtime::BodyStream;
use runtime::extract::Raw;
use runtime::prelude::{ATTACH_FILES, Code, Cx, InChannel, Json, Result, SEND_MESSAGES, function};
use runtime::testing::{Actor, Answer, App};
use serde_json::{Value, json};
use store::{Batch, pending_uploads};

use super::{PENDING_MS_MAX, receive, sweep};

const BOUNDARY: &str = "frontier";
/// The beginning of a PNG of 3 times 2 pixels.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0";

function! {
    at root "/channels/{channel_id}/uploads"
    POST create_upload
        requires ATTACH_FILES when "files are uploaded"
    uses blobs
}

/// A message's batch in short: the files are claimed, unless the content is `refused`.
async fn create_upload(
    cx: &Cx,
    caller: InChannel<SEND_MESSAGES>,
    mut raw: Raw,
) -> Result<Json<Value>> {
    let uploads = receive(cx, &caller, caller.channel.id, &mut raw.0).await?;
    let answer = json!({ "payload": uploads.payload, "attachments": uploads.attachments });
    if uploads.payload["content"] == "refused" {
        uploads.abort(cx).await;
        return Err(Code::EmptyMessage.into());
    }
    let mut batch = Batch::messages(caller.channel.id);
    uploads.claim(&mut batch);
    if !batch.is_empty() {
        cx.write(batch).await?;
    }
    Ok(Json(answer))
}

/// A part's headers and content.
fn part(disposition: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn body(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), format!("--{BOUNDARY}--\r\n").into_bytes()].concat()
}

/// Two files and, after them, what is said of one.
fn valid() -> Vec<u8> {
    let payload = json!({
        "content": "see",
        "attachments": [{ "id": 1, "description": "a cat", "is_spoiler": true }],
    });
    body(&[
        part(
            "name=\"files[0]\"; filename=\"notes one.txt\"",
            b"one\r\n--front\r\n",
        ),
        part("name=\"files[1]\"; filename=\"cat.png\"", PNG),
        part("name=\"payload_json\"", payload.to_string().as_bytes()),
    ])
}

fn send_stream(actor: &Actor<'_>, path: &str, body: BodyStream) -> Answer {
    let request = http::Request::post(path);
    let mime = format!("multipart/form-data; boundary={BOUNDARY}");
    actor.send_raw(&FUNCTION, request.header("content-type", mime), body)
}

fn send(actor: &Actor<'_>, path: &str, body: Vec<u8>) -> Answer {
    send_stream(actor, path, body.into())
}

/// The body as it would arrive over a slow network, its length unknown.
fn in_pieces(body: &[u8], bytes: usize) -> BodyStream {
    let pieces: Vec<_> = body
        .chunks(bytes)
        .map(|piece| Ok(piece.to_vec().into()))
        .collect();
    BodyStream::parts(futures_util::stream::iter(pieces), None)
}

fn pending(app: &App) -> Vec<String> {
    let never = model::Timestamp::from_millis(i64::MAX);
    app.read_all_messages(|| pending_uploads::before(never, 1000))
}

fn uploads_path(actor: &Actor<'_>) -> String {
    format!("/channels/{}/uploads", actor.create_guild().1)
}

#[test]
fn files_before_their_description_become_attachments() {
    let app = App::new();
    let alice = app.register("alice");
    let path = uploads_path(&alice);
    for body in [
        valid().into(),
        in_pieces(&valid(), 1),
        in_pieces(&valid(), 7),
    ] {
        let answer = send_stream(&alice, &path, body).ok();
        assert_eq!(answer["payload"]["content"], "see");
        let (notes, cat) = (&answer["attachments"][0], &answer["attachments"][1]);
        assert_eq!(notes["filename"], "notes_one.txt");
        assert_eq!(notes["content_type"], "text/plain; charset=utf-8");
        assert_eq!(notes["size"], 14);
        assert_eq!((&cat["width"], &cat["height"]), (&json!(3), &json!(2)));
        assert_eq!(cat["description"], "a cat");
        assert_eq!(cat["flags"], 8);
        let key = cat["url"].as_str().unwrap();
        assert!(app.blobs().iter().any(|blob| blob == key), "{key}");
    }
    assert_eq!(pending(&app), Vec::<String>::new());
    assert_eq!(app.blobs().len(), 6);
}

#[test]
fn a_file_larger_than_memory_allows_for_is_passed_on() {
    let app = App::new();
    let alice = app.register("alice");
    let path = uploads_path(&alice);
    let content: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let body = body(&[part("name=\"file\"; filename=\"a.bin\"", &content)]);
    let answer = send_stream(&alice, &path, in_pieces(&body, 10_000)).ok();
    assert_eq!(answer["attachments"][0]["size"], content.len());
    let key = app.blobs().remove(0);
    assert_eq!(app.blob(&key).unwrap(), content);
}

#[test]
fn a_photograph_has_its_size_as_it_is_shown_however_much_it_says_of_itself() {
    let app = App::new();
    let alice = app.register("alice");
    let path = uploads_path(&alice);
    // Turned by EXIF, and with a long colour profile before the frame of 64 times 32 pixels.
    let mut photograph = b"\xff\xd8\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01".to_vec();
    photograph.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    for _ in 0..4 {
        photograph.extend(b"\xff\xe2\xff\xff");
        photograph.extend([7; 0xfffd]);
    }
    photograph.extend(b"\xff\xc0\0\x0b\x08\0\x20\0\x40\x01\x01\x11\0");
    for pieces in [photograph.len(), 1000] {
        let body = body(&[part("name=\"file\"; filename=\"a.jpg\"", &photograph)]);
        let answer = send_stream(&alice, &path, in_pieces(&body, pieces)).ok();
        let file = &answer["attachments"][0];
        assert_eq!((&file["width"], &file["height"]), (&json!(32), &json!(64)));
    }
}

#[test]
fn json_and_plain_form_fields_are_payloads_too() {
    let app = App::new();
    let alice = app.register("alice");
    let path = uploads_path(&alice);
    let answer = alice
        .post(&FUNCTION, &path, json!({ "content": "hi" }))
        .ok();
    assert_eq!(
        answer,
        json!({ "payload": { "content": "hi" }, "attachments": [] })
    );
    let form = body(&[
        part("name=\"content\"", b"hi"),
        part("name=\"tts\"", b"true"),
    ]);
    let answer = send(&alice, &path, form).ok();
    assert_eq!(answer["payload"], json!({ "content": "hi", "tts": true }));
}

#[test]
fn oversized_uploads_leave_nothing() {
    let app = App::new();
    app.configure(|config| config.limits.attachment_bytes_max = 100_000);
    let alice = app.register("alice");
    let path = uploads_path(&alice);
    let small = part("name=\"files[0]\"; filename=\"small\"", &[0; 99_999]);
    for bytes in [100_001, 300_000] {
        let large = part("name=\"files[1]\"; filename=\"large\"", &vec![0; bytes]);
        let body = body(&[small.clone(), large]);
        send_stream(&alice, &path, in_pieces(&body, 8_000)).is(Code::RequestTooLarge);
    }
    let declared = BodyStream::parts(futures_util::stream::empty(), Some(100 << 20));
    send_stream(&alice, &path, declared).is(Code::RequestTooLarge);
    let eleven: Vec<_> = (0..11)
        .map(|_| part("name=\"f\"; filename=\"f\"", b"x"))
        .collect();
    send(&alice, &path, body(&eleven)).is(Code::TooManyAttachments);
    assert_eq!((app.blobs(), pending(&app)), (vec![], vec![]));
}

#[test]
fn uploads_without_attach_files_store_nothing() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let everyone = Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: model::Permissions::empty(),
        deny: model::Permissions::from_bits_retain(ATTACH_FILES),
    };
    let channel = app.create_channel(guild, &[everyone]);
    let bob = app.register("bob");
    bob.join(guild);
    let path = format!("/channels/{channel}/uploads");
    send(&bob, &path, valid()).is(Code::MissingPermissions);
    assert_eq!((app.blobs(), pending(&app)), (vec![], vec![]));
    send(&bob, &path, body(&[part("name=\"content\"", b"hi")])).ok();
}

#[test]
fn a_refused_message_takes_its_files_with_it() {
    let app = App::new();
    let alice = app.register("alice");
    let path = uploads_path(&alice);
    let file = part("name=\"files[0]\"; filename=\"a\"", b"a");
    let refused = body(&[file.clone(), part("name=\"content\"", b"refused")]);
    send(&alice, &path, refused).is(Code::EmptyMessage);
    let not_json = body(&[file.clone(), part("name=\"payload_json\"", b"{")]);
    send(&alice, &path, not_json).is(Code::InvalidJson);
    let absent = br#"{"attachments": [{"id": 0}, {"id": 3}]}"#;
    let absent = body(&[file.clone(), part("name=\"payload_json\"", absent)]);
    send(&alice, &path, absent).field_error(&["attachments", "1", "id"]);
    let long = format!(
        r#"{{"attachments": [{{"id": 0, "description": "{}"}}]}}"#,
        "x".repeat(1025)
    );
    let long = body(&[file, part("name=\"payload_json\"", long.as_bytes())]);
    send(&alice, &path, long).field_error(&["attachments", "0", "description"]);
    assert_eq!((app.blobs(), pending(&app)), (vec![], vec![]));
}

#[test]
fn headers_without_an_end_do_not_fill_the_memory() {
    let app = App::new();
    let alice = app.register("alice");
    let path = uploads_path(&alice);
    let endless = [
        format!("--{BOUNDARY}\r\nX: ").into_bytes(),
        vec![b'x'; 1 << 20],
    ]
    .concat();
    send_stream(&alice, &path, in_pieces(&endless, 1000)).is(Code::BadRequest);
    send(&alice, &path, vec![b'x'; 1 << 20]).is(Code::BadRequest);
}

#[test]
fn bodies_that_are_not_multipart_are_refused() {
    let app = App::new();
    let alice = app.register("alice");
    let path = uploads_path(&alice);
    for (mime, code) in [
        ("multipart/form-data", Code::BadRequest),
        ("multipart/form-data; boundary=", Code::BadRequest),
        ("text/plain", Code::UnsupportedMediaType),
    ] {
        let request = http::Request::post(&path).header("content-type", mime);
        alice.send_raw(&FUNCTION, request, valid().into()).is(code);
    }
    let cut = valid();
    send(&alice, &path, cut[..cut.len() - 20].to_vec()).is(Code::BadRequest);
    assert_eq!((app.blobs(), pending(&app)), (vec![], vec![]));
}

#[test]
fn unclaimed_uploads_are_swept_after_an_hour() {
    let app = App::new();
    let alice = app.register("alice");
    let path = uploads_path(&alice);
    send(&alice, &path, valid()).ok();
    let forgotten = app.blobs();
    for (key, channel) in forgotten.iter().zip([1, 2].map(model::Id::new)) {
        let mut batch = Batch::messages(channel);
        batch.push(pending_uploads::insert(key, channel, app.now()));
        app.write(batch);
    }
    let sweep = || {
        let cx = runtime::testing::block_on(Cx::new(app.host())).unwrap();
        let parts = cx.partitions();
        let swept = parts.map(|part| runtime::testing::block_on(sweep(&cx, part)).unwrap());
        swept.sum::<usize>()
    };
    app.advance(PENDING_MS_MAX);
    assert_eq!(sweep(), 0);
    app.advance(1);
    assert_eq!((sweep(), forgotten.len()), (2, 2));
    assert_eq!(pending(&app), Vec::<String>::new());
    assert_eq!(app.blobs(), Vec::<String>::new());
}

/// What a request must leave behind whatever it was: its answer's files and nothing pending.
fn nothing_is_left_over(app: &App, before: &[String], answer: &Answer) {
    assert!((200..500).contains(&answer.status), "{answer:?}");
    assert_eq!(pending(app), Vec::<String>::new());
    let files = match answer.status {
        200 => answer.ok()["attachments"].as_array().map_or(0, Vec::len),
        _ => 0,
    };
    assert_eq!(app.blobs().len(), before.len() + files, "{answer:?}");
}

#[test]
fn ten_thousand_mutations_of_a_body_leave_nothing_over() {
    let mut random = proptest::test_runner::TestRng::deterministic_rng(
        proptest::test_runner::RngAlgorithm::ChaCha,
    );
    for _ in 0..100 {
        let app = App::new();
        let alice = app.register("alice");
        let path = uploads_path(&alice);
        for _ in 0..100 {
            let mut body = valid();
            for _ in 0..random.random_range(1..5) {
                mutate(&mut body, &mut random);
            }
            let before = app.blobs();
            let pieces = random.random_range(1..200);
            let answer = send_stream(&alice, &path, in_pieces(&body, pieces));
            nothing_is_left_over(&app, &before, &answer);
        }
    }
}

/// Changes, removes, repeats or inserts some bytes.
fn mutate(body: &mut Vec<u8>, random: &mut impl RngExt) {
    // One byte is always left to change.
    body.push(b'-');
    let at = random.random_range(0..body.len());
    let to = (at + random.random_range(1..30)).min(body.len());
    match random.random_range(0..5) {
        0 => body[at] = random.random(),
        1 => drop(body.drain(at..to)),
        2 => body.splice(at..at, body[at..to].to_vec()).for_each(drop),
        3 => body.splice(at..at, *b"\r\n--frontier\r\n").for_each(drop),
        _ => body.truncate(to),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_file_comes_back_as_it_was_sent(
        content in proptest::collection::vec(any::<u8>(), 0..5000),
        pieces in 1_usize..600,
    ) {
        // A value that contains the boundary would be two parts.
        prop_assume!(!content.windows(8).any(|window| window == BOUNDARY.as_bytes()));
        let app = App::new();
        let alice = app.register("alice");
        let path = uploads_path(&alice);
        let body = body(&[part("name=\"files[0]\"; filename=\"a.bin\"", &content)]);
        send_stream(&alice, &path, in_pieces(&body, pieces)).ok();
        prop_assert_eq!(app.blob(&app.blobs()[0]).unwrap(), content);
    }

    #[test]
    fn any_bytes_are_an_answer(body in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let app = App::new();
        let alice = app.register("alice");
        let path = uploads_path(&alice);
        let answer = send(&alice, &path, body);
        nothing_is_left_over(&app, &[], &answer);
    }
}
