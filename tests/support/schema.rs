//! Every answer is checked against Discord's own description of its API.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Answer;

/// `Err` with the first complaint, if the description knows the operation and the status and the
/// body is not as it says.
pub fn check(answer: &Answer) -> Result<(), String> {
    let Some(pointer) = schema_of(answer) else {
        return Ok(());
    };
    let body = answer.json();
    let mut validators = validators().lock().expect("no panic while held");
    let validator = validators
        .entry(pointer.clone())
        .or_insert_with(|| compile(&pointer));
    let complaint = validator.iter_errors(&body).next().map(|error| {
        let at = error.instance_path().to_string();
        format!("{error} at {at:?}")
    });
    complaint.map_or(Ok(()), Err)
}

fn validators() -> &'static Mutex<HashMap<String, Validator>> {
    static VALIDATORS: OnceLock<Mutex<HashMap<String, Validator>>> = OnceLock::new();
    VALIDATORS.get_or_init(Mutex::default)
}

/// Discord's description.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let text = include_str!("../data/discord-openapi.json");
        let mut document = serde_json::from_str(text).expect("the description is JSON");
        complete(&mut document);
        document
    })
}

/// Adds what Discord documents and answers, and its description leaves out.
fn complete(document: &mut Value) {
    let references = "/components/schemas/MessageReferenceType/oneOf";
    let kinds = document.pointer_mut(references);
    let kinds = kinds
        .and_then(Value::as_array_mut)
        .expect("a list of types");
    kinds.push(json!({ "title": "FORWARD", "const": 1 }));
}

/// The JSON pointer to the schema of this answer's body.
fn schema_of(answer: &Answer) -> Option<String> {
    let path = answer.path.split('?').next().unwrap_or_default();
    let template = template_of(path)?;
    let method = answer.method.as_str().to_ascii_lowercase();
    let responses = &document()["paths"][template][&method]["responses"];
    let class = format!("{}XX", answer.status / 100);
    let status = [answer.status.to_string(), class]
        .into_iter()
        .find(|status| responses.get(status).is_some())?;
    let media = responses[&status]["content"].get("application/json")?;
    media.get("schema")?;
    let escaped = template.replace('~', "~0").replace('/', "~1");
    Some(format!(
        "/paths/{escaped}/{method}/responses/{status}/content/application~1json/schema"
    ))
}

/// The path template that fits best: the one with the most literal segments.
fn template_of(path: &str) -> Option<&'static str> {
    let given: Vec<_> = path.split('/').collect();
    let templates = document()["paths"].as_object()?.keys();
    let fitting = templates.filter(|template| {
        let segments: Vec<_> = template.split('/').collect();
        let same = |(wanted, given): (&&str, &&str)| match wanted.ends_with("_id}") {
            true => given.starts_with(|c: char| c.is_ascii_digit()),
            false => wanted.starts_with('{') || wanted == given,
        };
        segments.len() == given.len() && segments.iter().zip(&given).all(same)
    });
    fitting
        .min_by_key(|template| template.matches('{').count())
        .map(String::as_str)
}

fn compile(pointer: &str) -> Validator {
    let mut schema = json!({ "components": document()["components"] });
    let target = document()
        .pointer(pointer)
        .expect("a pointer made from the document");
    schema["allOf"] = json!([target]);
    jsonschema::draft202012::new(&schema).expect("the description is a schema")
}
