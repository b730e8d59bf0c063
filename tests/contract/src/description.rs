//! What an OpenAPI document says of answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::Answer;

/// Where the schemas are that have names.
pub const SCHEMAS: &str = "#/components/schemas/";
/// The methods that operations have.
pub const METHODS: [&str; 5] = ["delete", "get", "patch", "post", "put"];

/// A description, ready to be asked.
pub struct Description {
    document: &'static Value,
    /// By the method in small letters, and the path without the names of its parameters.
    operations: HashMap<(String, String), Operation>,
}

/// What is said of an operation.
pub struct Operation {
    /// Its operationId.
    pub name: String,
    /// By statuses, and classes of them such as `4XX`.
    answers: BTreeMap<String, Body>,
}

/// What the body of an answer is.
pub enum Body {
    /// Nothing.
    None,
    /// JSON that a schema describes, which is compiled when it is first needed.
    Json(Value, OnceLock<Validator>),
    /// The same, or something that is no JSON, as the client asks for it.
    JsonOrOther(Value, OnceLock<Validator>),
    /// Something that has no schema.
    Other,
}

impl Description {
    /// What an OpenAPI document says.
    ///
    /// # Panics
    /// When it is none.
    pub fn of(document: &'static Value) -> Self {
        let mut operations = HashMap::new();
        for (path, item) in document["paths"].as_object().expect("an object of paths") {
            for method in METHODS {
                if let Some(operation) = item.get(method) {
                    let key = (method.to_owned(), without_names(path));
                    operations.insert(key, Operation::read(document, operation));
                }
            }
        }
        Self {
            document,
            operations,
        }
    }

    /// What it says of an operation, whatever the parameters of the path are called.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let key = (method.to_ascii_lowercase(), without_names(path));
        self.operations.get(&key)
    }

    /// Whether a body is the envelope that every error has, which is called as Discord's is.
    ///
    /// # Errors
    /// The first complaint.
    pub fn check_error(&self, body: &[u8]) -> Result<(), String> {
        let error = json!({ "$ref": format!("{SCHEMAS}ErrorResponse") });
        Body::Json(error, OnceLock::new()).check(self.document, body)
    }

    /// Whether an answer is one of the operation's, if it has the operation.
    pub fn check(&self, answer: &Answer<'_>) -> Option<Result<(), String>> {
        let operation = self.operation(answer.method, answer.path)?;
        Some(match operation.answers(answer.status) {
            Some(body) => body.check(self.document, answer.body),
            None => Err("no such status is described".to_owned()),
        })
    }
}

impl Operation {
    fn read(document: &Value, operation: &Value) -> Self {
        let name = operation["operationId"].as_str().expect("an operationId");
        let answers = operation["responses"].as_object().expect("its answers");
        let answers = answers.iter().map(|(status, answer)| {
            let reference = answer["$ref"].as_str();
            let named = reference.map(|it| it.trim_start_matches('#'));
            let answer = named.map_or(Some(answer), |it| document.pointer(it));
            (
                status.clone(),
                Body::read(answer.expect("an answer that is there")),
            )
        });
        Self {
            name: name.to_owned(),
            answers: answers.collect(),
        }
    }

    /// The body of an answer with this status, if there are such answers.
    pub fn answers(&self, status: u16) -> Option<&Body> {
        let class = format!("{}XX", status / 100);
        let exact = self.answers.get(&status.to_string());
        let answer = exact.or_else(|| self.answers.get(&class));
        answer.or_else(|| self.answers.get("default"))
    }
}

impl Body {
    fn read(answer: &Value) -> Self {
        let Some(content) = answer.get("content").and_then(Value::as_object) else {
            return Self::None;
        };
        let schema = content.get("application/json");
        match schema.map(|media| media["schema"].clone()) {
            Some(schema) if content.len() == 1 => Self::Json(schema, OnceLock::new()),
            Some(schema) => Self::JsonOrOther(schema, OnceLock::new()),
            None => Self::Other,
        }
    }

    /// Whether this is one.
    ///
    /// # Errors
    /// The first complaint.
    pub fn check(&self, document: &Value, body: &[u8]) -> Result<(), String> {
        let parsed = serde_json::from_slice(body);
        let (schema, validator) = match self {
            Self::None if body.is_empty() => return Ok(()),
            Self::None => return Err("there is a body".to_owned()),
            Self::Json(schema, validator) => (schema, validator),
            Self::JsonOrOther(schema, validator) if parsed.is_ok() => (schema, validator),
            Self::JsonOrOther(..) | Self::Other => return Ok(()),
        };
        let body = parsed.map_err(|error| format!("no JSON: {error}"))?;
        let validator = validator.get_or_init(|| compile(document, schema));
        let complaint = validator.iter_errors(&body).next().map(|error| {
            let at = error.instance_path().to_string();
            format!("{error} at {at:?}")
        });
        complaint.map_or(Ok(()), Err)
    }
}

/// Compiles a schema with those that it refers to. To compile all that have names would take most
/// of a second for each answer.
fn compile(document: &Value, schema: &Value) -> Validator {
    let components = &document["components"]["schemas"];
    let mut named = BTreeSet::new();
    refers(components, schema, &mut named);
    let named = named.into_iter();
    let named: Map<_, _> = named
        .map(|name| (name.to_owned(), components[name].clone()))
        .collect();
    let whole = json!({ "components": { "schemas": named }, "allOf": [schema] });
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&whole).expect("the description is a schema")
}

/// Collects the names of the schemas that one refers to, and those that they refer to.
fn refers<'a>(components: &'a Value, value: &'a Value, named: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = name.and_then(|it| it.strip_prefix(SCHEMAS))
                && named.insert(name)
            {
                refers(components, &components[name], named);
            }
            members
                .values()
                .for_each(|it| refers(components, it, named));
        }
        Value::Array(items) => items.iter().for_each(|it| refers(components, it, named)),
        _ => {}
    }
}

/// The path with its parameters' names taken out.
fn without_names(path: &str) -> String {
    let segments = path.split('/');
    let segments = segments.map(|it| if it.starts_with('{') { "{}" } else { it });
    segments.collect::<Vec<_>>().join("/")
}
