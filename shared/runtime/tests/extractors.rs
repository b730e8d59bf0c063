//! What every extractor promises, for any request.
#![allow(missing_docs, reason = "test names are the documentation")]
#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

use http::{HeaderMap, HeaderValue, Method};
use model::Id;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use runtime::extract::{Body, BodyList, Extract, Path, Query, Raw, Reason, multipart::Multipart};
use runtime::testing::{App, block_on};
use runtime::{BodyStream, Cx, Error, Fields, Form, Request};
use serde_json::{Value, json};

fn request(body: Vec<u8>) -> Request {
    Request {
        method: Method::POST,
        path: "/".to_owned(),
        query: String::new(),
        headers: HeaderMap::new(),
        params: Vec::new(),
        body: body.into(),
        kept: Default::default(),
    }
}

fn header(name: &'static str, value: &str) -> Request {
    let mut request = request(Vec::new());
    let value = HeaderValue::from_str(value).unwrap();
    request.headers.insert(name, value);
    request
}

fn extract<T: Extract>(mut request: Request) -> Result<T, Error> {
    let cx = block_on(Cx::new(App::new().host())).unwrap();
    block_on(T::extract(&cx, &mut request))
}

/// A form that takes whatever it is given.
#[derive(Debug, PartialEq)]
struct Everything(Vec<(String, Value)>);

impl Form for Everything {
    fn read(fields: &mut Fields<'_>) -> Self {
        let value = |name: String| fields.raw(&name).cloned().map(|value| (name, value));
        Self(fields.names().into_iter().filter_map(value).collect())
    }
}

/// A form with a field that must be a short text.
#[derive(Debug)]
struct Named(String);

impl Form for Named {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(fields.required_text("name", 1..=10))
    }
}

fn is_short(name: &str) -> bool {
    !name.contains('\0') && (1..=10).contains(&name.chars().count())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(".{0,8}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    })]

    #[test]
    fn a_path_gives_ids_and_texts_or_a_complaint(text in ".*", id in 0..=i64::MAX as u64) {
        let of = |params| Request { params, ..request(Vec::new()) };
        let both = vec![("user_id", id.to_string()), ("name", text.clone())];
        let Path((found, same)) = extract::<Path<(Id<()>, String)>>(of(both)).unwrap();
        prop_assert_eq!((found.get(), &same), (id, &text));
        let number = text.parse::<Id<()>>().ok();
        let path = extract::<Path<Id<()>>>(of(vec![("user_id", text)]));
        prop_assert_eq!(path.ok().map(|path| path.0), number);
    }

    #[test]
    fn a_query_gives_every_name_its_values(pairs in vec(("[a-c]", ".*"), 0..6)) {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&pairs)
            .finish();
        let request = Request { query, ..request(Vec::new()) };
        let Query(Everything(fields)) = extract(request).unwrap();
        for (name, value) in fields {
            let given = pairs.iter().filter(|(other, _)| *other == name);
            let values: Vec<Value> = given.map(|(_, value)| json!(value)).collect();
            let one = values.len() == 1;
            prop_assert_eq!(value, if one { values[0].clone() } else { json!(values) });
        }
    }

    #[test]
    fn any_query_is_a_form_or_a_complaint(query in ".*") {
        let request = Request { query, ..request(Vec::new()) };
        if let Ok(Query(Named(name))) = extract(request) {
            prop_assert!(is_short(&name));
        }
    }

    #[test]
    fn a_body_is_the_object_that_was_sent(value in any_json(), cut in 0_usize..40) {
        let text = value.to_string();
        let read = extract::<Body<Everything>>(request(text.clone().into_bytes()));
        match value {
            Value::Object(object) => {
                prop_assert_eq!(read.unwrap().0, Everything(object.into_iter().collect()));
            }
            _ => prop_assert!(read.is_err()),
        }
        let start = text.as_bytes()[..text.len().saturating_sub(cut)].to_vec();
        if let Ok(Body(Named(name))) = extract(request(start)) {
            prop_assert!(is_short(&name));
        }
    }

    #[test]
    fn the_mistakes_of_a_list_stand_under_their_indices(names in vec("(?s).{0,14}", 0..8)) {
        let items: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        match extract::<BodyList<Named>>(request(json!(items).to_string().into_bytes())) {
            Ok(BodyList(list)) => {
                prop_assert!(names.iter().all(|name| is_short(name)));
                prop_assert!(list.iter().map(|named| &named.0).eq(&names));
            }
            Err(Error::Form(errors)) => {
                let errors = serde_json::to_value(errors).unwrap();
                for (index, name) in names.iter().enumerate() {
                    let found = errors.get(index.to_string()).is_some();
                    let told = &errors[index.to_string()]["name"]["_errors"];
                    prop_assert!(!found || told.as_array().is_some_and(|told| told.len() == 1));
                    prop_assert_eq!(found, !is_short(name), "{} in {}", index, errors);
                }
            }
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }

    #[test]
    fn parts_come_back_however_they_arrive(
        parts in vec(("[a-z]{1,8}", vec(any::<u8>(), 0..200)), 0..5),
        piece in 1_usize..50,
    ) {
        let mut body = Vec::new();
        for (name, content) in &parts {
            prop_assume!(!content.windows(5).any(|bytes| bytes == b"\r\n--x"));
            let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--x--\r\n");
        let pieces = body.chunks(piece).map(|bytes| Ok(bytes.to_vec().into()));
        let stream = futures_util::stream::iter(pieces.collect::<Vec<_>>());
        let mut request = header("content-type", "multipart/form-data; boundary=x");
        request.body = BodyStream::parts(stream, None);
        let mut read = extract::<Multipart>(request).unwrap();
        let found = block_on(async {
            let mut found = Vec::new();
            while let Some(part) = read.next().await.unwrap() {
                let name = part.name().to_owned();
                found.push((name, part.bytes(1000).await.unwrap().to_vec()));
            }
            found
        });
        prop_assert_eq!(found, parts);
    }

    #[test]
    fn a_raw_request_is_the_one_that_was_sent(
        path in ".*", query in ".*", body in vec(any::<u8>(), 0..99),
    ) {
        let request = request(body.clone());
        let sent = Request { path: path.clone(), query: query.clone(), ..request };
        let Raw(mut found) = extract(sent).unwrap();
        prop_assert_eq!((&found.path, &found.query), (&path, &query));
        prop_assert_eq!(block_on(found.body.collect(99)).unwrap().to_vec(), body);
    }

    #[test]
    fn a_reason_is_the_text_that_was_encoded(text in ".{0,520}") {
        let all = percent_encoding::NON_ALPHANUMERIC;
        let encoded = percent_encoding::utf8_percent_encode(&text, all).to_string();
        match extract::<Reason>(header("x-audit-log-reason", &encoded)) {
            Ok(Reason(None)) => prop_assert!(text.trim().is_empty()),
            Ok(Reason(Some(reason))) => prop_assert_eq!(reason, text),
            Err(error) => {
                prop_assert!(text.chars().count() > 512);
                prop_assert!(matches!(error, Error::Form(_)));
            }
        }
    }
}
