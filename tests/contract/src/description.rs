//! Discord's description, completed by what it leaves out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// Where the schemas are that have names.
const SCHEMAS: &str = "#/components/schemas/";
/// The methods that operations have.
const METHODS: [&str; 5] = ["delete", "get", "patch", "post", "put"];

/// The description, ready to be asked.
pub struct Description {
    /// By the method in small letters, and the path without the names of its parameters.
    operations: HashMap<(String, String), Operation>,
    /// What every error is.
    pub error: Body,
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
    /// Something that has no schema.
    Other,
}

/// The description.
///
/// # Panics
/// When the file is not what it should be.
pub fn description() -> &'static Description {
    static DESCRIPTION: OnceLock<Description> = OnceLock::new();
    DESCRIPTION.get_or_init(|| Description::read(document()))
}

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let text = include_str!("../../data/discord-openapi.json");
        let mut document = serde_json::from_str(text).expect("the description is JSON");
        complete(&mut document);
        document
    })
}

impl Description {
    fn read(document: &Value) -> Self {
        let mut operations = HashMap::new();
        for (path, item) in document["paths"].as_object().expect("an object of paths") {
            for method in METHODS {
                if let Some(operation) = item.get(method) {
                    let key = (method.to_owned(), without_names(path));
                    operations.insert(key, Operation::read(document, operation));
                }
            }
        }
        let error = json!({ "$ref": format!("{SCHEMAS}ErrorResponse") });
        Self {
            operations,
            error: Body::Json(error, OnceLock::new()),
        }
    }

    /// What it says of an operation, whatever the parameters of the path are called.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let key = (method.to_ascii_lowercase(), without_names(path));
        self.operations.get(&key)
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
        let answer = self.answers.get(&status.to_string());
        answer.or_else(|| self.answers.get(&class))
    }
}

impl Body {
    fn read(answer: &Value) -> Self {
        let Some(content) = answer.get("content") else {
            return Self::None;
        };
        match content.get("application/json") {
            Some(media) => Self::Json(media["schema"].clone(), OnceLock::new()),
            None => Self::Other,
        }
    }

    /// Whether this is one.
    ///
    /// # Errors
    /// The first complaint.
    pub fn check(&self, body: &[u8]) -> Result<(), String> {
        let (schema, validator) = match self {
            Self::None if body.is_empty() => return Ok(()),
            Self::None => return Err("there is a body".to_owned()),
            Self::Json(schema, validator) => (schema, validator),
            Self::Other => return Ok(()),
        };
        let body = serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
        let validator = validator.get_or_init(|| compile(schema));
        let complaint = validator.iter_errors(&body).next().map(|error| {
            let at = error.instance_path().to_string();
            format!("{error} at {at:?}")
        });
        complaint.map_or(Ok(()), Err)
    }
}

/// Compiles a schema with those that it refers to. To compile all that have names would take most
/// of a second for each answer.
fn compile(schema: &Value) -> Validator {
    let mut named = BTreeSet::new();
    refers(schema, &mut named);
    let named = named.into_iter();
    let named: Map<_, _> = named
        .map(|name| (name.to_owned(), component(name).clone()))
        .collect();
    let whole = json!({ "components": { "schemas": named }, "allOf": [schema] });
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&whole).expect("the description is a schema")
}

/// Collects the names of the schemas that one refers to, and those that they refer to.
fn refers<'a>(value: &'a Value, named: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = name.and_then(|it| it.strip_prefix(SCHEMAS))
                && named.insert(name)
            {
                refers(component(name), named);
            }
            members.values().for_each(|it| refers(it, named));
        }
        Value::Array(items) => items.iter().for_each(|it| refers(it, named)),
        _ => {}
    }
}

fn component(name: &str) -> &'static Value {
    &document()["components"]["schemas"][name]
}

/// The path with its parameters' names taken out.
fn without_names(path: &str) -> String {
    let segments = path.split('/');
    let segments = segments.map(|it| if it.starts_with('{') { "{}" } else { it });
    segments.collect::<Vec<_>>().join("/")
}

/// Adds what Discord documents and answers, and its description leaves out.
///
/// # Panics
/// When it does not leave it out any more.
fn complete(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    // Messages are forwarded by references of this type.
    let kinds = &mut schemas["MessageReferenceType"]["oneOf"];
    push(kinds, json!({ "title": "FORWARD", "const": 1 }));
    // Media channels are documented with all others.
    let types = &mut schemas["ChannelTypes"]["oneOf"];
    push(types, json!({ "title": "GUILD_MEDIA", "const": 16 }));
    let types = &mut schemas["GuildChannelResponse"]["properties"]["type"]["enum"];
    push(types, json!(16));
    // A field's error has a word such as `BASE_TYPE_REQUIRED`; the code of an answer is a number.
    let field = &mut schemas["InnerErrors"]["properties"]["_errors"]["items"];
    assert_eq!(*field, json!({ "$ref": format!("{SCHEMAS}Error") }));
    *field = json!({
        "type": "object",
        "properties": { "code": { "type": "string" }, "message": { "type": "string" } },
        "required": ["code", "message"],
    });
    // A server's own errors have the envelope of all others; only those of clients are described.
    let schema = json!({ "$ref": format!("{SCHEMAS}ErrorResponse") });
    let failure = json!({ "content": { "application/json": { "schema": schema } } });
    let paths = document["paths"].as_object_mut().expect("paths");
    for item in paths.values_mut() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                let answers = operation["responses"].as_object_mut().expect("its answers");
                let described = answers.insert("5XX".to_owned(), failure.clone());
                assert_eq!(described, None, "its errors are described");
            }
        }
    }
}

/// Adds a choice to those that a schema has.
fn push(choices: &mut Value, choice: Value) {
    let choices = choices.as_array_mut().expect("a list of choices");
    let value = choice.get("const").unwrap_or(&choice);
    let known = choices
        .iter()
        .any(|it| it.get("const").unwrap_or(it) == value);
    assert!(!known, "{choice} is described");
    choices.push(choice);
}
