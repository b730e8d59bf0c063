//! What a handler's types say of its operation. Natively alone.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::Form;
use crate::schema::{Schemas, reference};

/// The names that files may have as parts of a multipart body.
///
/// See [Discord Docs/Uploading Files](https://discord.com/developers/docs/reference#uploading-files).
const FILES: &str = r"^files?(\[[0-9]+\])?$";

/// An operation, as the parts of its handler describe it.
#[derive(Debug)]
pub struct Described<'a> {
    schemas: &'a Schemas,
    /// The path's parameters, in its order.
    path: Vec<(&'static str, Value)>,
    others: Vec<Value>,
    content: Map<String, Value>,
    required: bool,
    answers: Map<String, Value>,
}

impl<'a> Described<'a> {
    /// One of which only the path is known.
    pub fn new(schemas: &'a Schemas, path: &'static str) -> Self {
        let parameters = path.split('/').filter_map(|segment| {
            let name = segment.strip_prefix('{')?.strip_suffix('}')?;
            Some(name.strip_suffix("...").unwrap_or(name))
        });
        let path = parameters.map(|name| {
            let schema = match name.ends_with("_id") {
                true => schemas.of::<model::Id<model::id::marker::Generic>>(),
                false => json!({ "type": "string" }),
            };
            (name, schema)
        });
        Self {
            schemas,
            path: path.collect(),
            others: Vec::new(),
            content: Map::new(),
            required: false,
            answers: Map::new(),
        }
    }

    /// The schemas that have names.
    pub fn schemas(&self) -> &'a Schemas {
        self.schemas
    }

    /// The path's parameter of this index has this schema.
    pub fn segment(&mut self, index: usize, schema: Value) {
        if let Some((_, known)) = self.path.get_mut(index) {
            *known = schema;
        }
    }

    /// A header is read.
    pub fn header(&mut self, name: &str, schema: Value) {
        self.others
            .push(json!({ "name": name, "in": "header", "schema": schema }));
    }

    /// The query is a form.
    pub fn query<T: Form>(&mut self) {
        let schema = T::schema(self.schemas);
        let required: Vec<_> = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let schema = without_null(schema);
            let mut parameter = json!({ "name": name, "in": "query", "schema": schema });
            if required.contains(&json!(name)) {
                parameter["required"] = json!(true);
            }
            self.others.push(parameter);
        }
    }

    /// The body is a form in JSON.
    pub fn body<T: Form>(&mut self) {
        let schema = self.schemas.form::<T>();
        self.required = !T::schema(self.schemas)["required"].is_null();
        self.content.extend(json_content(schema));
    }

    /// The body is JSON of this schema.
    pub fn body_of(&mut self, schema: Value) {
        self.required = true;
        self.content.extend(json_content(schema));
    }

    /// The body is a list of forms in JSON.
    pub fn body_list<T: Form>(&mut self, items_max: usize) {
        let items = self.schemas.form::<T>();
        self.body_of(json!({ "type": "array", "items": items, "maxItems": items_max }));
    }

    /// The body is a form in JSON, or that as `payload_json` beside files.
    pub fn body_with_files<T: Form>(&mut self) {
        self.body::<T>();
        let form = self.schemas.form::<T>();
        let binary = json!({ "type": "string", "contentMediaType": "application/octet-stream" });
        let schema = json!({
            "type": "object",
            "properties": { "payload_json": form },
            "patternProperties": { FILES: binary },
        });
        let encoding = json!({ "payload_json": { "contentType": "application/json" } });
        let parts = json!({ "schema": schema, "encoding": encoding });
        self.content.insert("multipart/form-data".to_owned(), parts);
    }

    /// An answer is JSON of this schema.
    pub fn answer(&mut self, status: StatusCode, schema: Value) {
        self.note_answer(status, json_content(schema));
    }

    /// An answer has no body.
    pub fn answer_without_body(&mut self, status: StatusCode) {
        self.note_answer(status, Map::new());
    }

    /// An answer with this status is a page for browsers, or the error for programs.
    pub fn page(&mut self, status: StatusCode) {
        let mut content = json_content(reference("ErrorResponse"));
        if status.is_success() {
            content.clear();
        }
        let page = json!({ "schema": { "type": "string" } });
        content.insert("text/html".to_owned(), page);
        self.note_answer(status, content);
    }

    /// The handler writes its answer itself: files, pages, redirects.
    pub fn answer_of_any_kind(&mut self) {
        self.answers.insert(
            "default".to_owned(),
            json!({ "description": "A file, a page or a redirect.", "content": { "*/*": {} } }),
        );
    }

    fn note_answer(&mut self, status: StatusCode, content: Map<String, Value>) {
        let reason = status.canonical_reason().unwrap_or_default();
        let mut answer = json!({ "description": reason });
        if !content.is_empty() {
            answer["content"] = Value::Object(content);
        }
        self.answers.insert(status.as_str().to_owned(), answer);
    }

    /// Whether fields of the request can be wrong.
    pub fn takes_form(&self) -> bool {
        !(self.path.is_empty() && self.others.is_empty() && self.content.is_empty())
    }

    /// The operation as OpenAPI has it.
    pub fn into_object(self) -> Map<String, Value> {
        let path = self.path.into_iter().map(|(name, schema)| {
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        });
        let parameters: Vec<_> = path.chain(self.others).collect();
        let mut object = Map::new();
        if !parameters.is_empty() {
            object.insert("parameters".to_owned(), json!(parameters));
        }
        if !self.content.is_empty() {
            let body = json!({ "content": self.content, "required": self.required });
            object.insert("requestBody".to_owned(), body);
        }
        object.insert("responses".to_owned(), json!(self.answers));
        object
    }
}

/// The content of a body that is JSON.
fn json_content(schema: Value) -> Map<String, Value> {
    Map::from_iter([("application/json".to_owned(), json!({ "schema": schema }))])
}

/// A schema as a query can have it, where nothing is null.
fn without_null(schema: &Value) -> Value {
    if let Some([choice, other]) = schema["anyOf"].as_array().map(Vec::as_slice)
        && other["type"] == "null"
    {
        return choice.clone();
    }
    let mut schema = schema.clone();
    if let Some(kind) = schema["type"].get(0).cloned() {
        schema["type"] = kind;
    }
    schema
}
