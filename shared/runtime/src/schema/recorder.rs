//! What a form asks for, recorded as it reads.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::Schemas;

/// Notes what a form asks for.
#[derive(Debug)]
pub struct Recorder<'a> {
    schemas: &'a Schemas,
    fields: RefCell<BTreeMap<String, Field>>,
    others: RefCell<Option<Value>>,
}

/// A field as far as it is known.
#[derive(Debug)]
struct Field {
    /// What it may be, null apart.
    schemas: Vec<Value>,
    required: bool,
    nullable: bool,
}

impl<'a> Recorder<'a> {
    /// One that has noted nothing.
    pub fn new(schemas: &'a Schemas) -> Self {
        Self {
            schemas,
            fields: RefCell::default(),
            others: RefCell::default(),
        }
    }

    /// The schemas that have names.
    pub fn schemas(&self) -> &'a Schemas {
        self.schemas
    }

    /// A field of this schema is asked for. One that is asked for twice may be either.
    pub fn field(&self, name: &str, schema: Value) {
        let mut fields = self.fields.borrow_mut();
        let field = fields.entry(name.to_owned()).or_insert(Field {
            schemas: Vec::new(),
            required: false,
            nullable: true,
        });
        // A bounded text is asked for as text besides.
        if !field.schemas.iter().any(|known| has_all(known, &schema)) {
            field.schemas.push(schema);
        }
    }

    /// The field is a list of at most so many.
    pub fn list(&self, name: &str, items: Value, max: usize) {
        self.field(
            name,
            json!({ "type": "array", "items": items, "maxItems": max }),
        );
    }

    /// The field is asked for as it is, or only whether it is there.
    pub fn anything(&self, name: &str) {
        if !self.fields.borrow().contains_key(name) {
            self.field(name, json!({}));
        }
    }

    /// The field must be there.
    pub fn required(&self, name: &str) {
        self.change(name, |field| {
            (field.required, field.nullable) = (true, false)
        });
    }

    /// The field must be there, and may be null.
    pub fn present(&self, name: &str) {
        self.anything(name);
        self.change(name, |field| field.required = true);
    }

    /// The field may be left out, but it cannot be null.
    pub fn not_null(&self, name: &str) {
        self.change(name, |field| field.nullable = false);
    }

    /// The field's text has so many characters.
    pub fn length(&self, name: &str, chars: &RangeInclusive<usize>) {
        if *chars.start() > 0 {
            self.keyword(name, "minLength", json!(chars.start()));
        }
        self.keyword(name, "maxLength", json!(chars.end()));
    }

    /// The field's number lies in a range.
    pub fn range(&self, name: &str, range: &RangeInclusive<i64>) {
        self.keyword(name, "minimum", json!(range.start()));
        self.keyword(name, "maximum", json!(range.end()));
    }

    /// The field is one of these numbers.
    pub fn choices(&self, name: &str, choices: &[i64]) {
        self.keyword(name, "enum", json!(choices));
    }

    /// Fields of any name are read, of this schema.
    pub fn others(&self, schema: Value) {
        *self.others.borrow_mut() = Some(schema);
    }

    fn keyword(&self, name: &str, keyword: &str, value: Value) {
        self.change(name, |field| {
            if let Some(Value::Object(schema)) = field.schemas.last_mut() {
                schema.insert(keyword.to_owned(), value);
            }
        });
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Field)) {
        if let Some(field) = self.fields.borrow_mut().get_mut(name) {
            change(field);
        }
    }

    /// The schema of the object.
    pub fn into_schema(self) -> Value {
        let fields = self.fields.into_inner();
        let required = fields.iter().filter(|(_, field)| field.required);
        let required: Vec<_> = required.map(|(name, _)| name.clone()).collect();
        let properties = fields.into_iter();
        let properties: Map<_, _> = properties.map(|(name, it)| (name, it.schema())).collect();
        let mut object = json!({ "type": "object", "properties": properties });
        if !required.is_empty() {
            object["required"] = json!(required);
        }
        if let Some(others) = self.others.into_inner() {
            object["additionalProperties"] = others;
        }
        object
    }
}

impl Field {
    fn schema(mut self) -> Value {
        // What was asked for as anything was asked for as something besides.
        if self.schemas.len() > 1 {
            self.schemas.retain(|schema| *schema != json!({}));
        }
        let mut schema = match &mut self.schemas[..] {
            [one] => one.take(),
            several => json!({ "anyOf": several }),
        };
        let anything = schema.as_object().is_some_and(Map::is_empty);
        if !self.nullable || anything {
            return schema;
        }
        let kind = schema
            .get("type")
            .and_then(Value::as_str)
            .map(str::to_owned);
        match kind.filter(|_| schema.get("enum").is_none()) {
            Some(kind) => {
                schema["type"] = json!([kind, "null"]);
                schema
            }
            None => json!({ "anyOf": [schema, { "type": "null" }] }),
        }
    }
}

/// Whether a schema says all that another one does.
fn has_all(schema: &Value, other: &Value) -> bool {
    match (schema, other) {
        (Value::Object(schema), Value::Object(other)) => other
            .iter()
            .all(|(name, value)| schema.get(name) == Some(value)),
        _ => schema == other,
    }
}
