//! The schemas that have names, and what is noted of one while a form reads itself. Natively alone.

mod recorder;

use std::cell::RefCell;
use std::collections::BTreeMap;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

pub use recorder::Recorder;

/// Where the document has them.
const PATH: &str = "#/components/schemas/";

/// The schemas that have names, as they are found.
#[derive(Debug)]
pub struct Schemas {
    generator: RefCell<SchemaGenerator>,
    /// The forms, by their names. `None` while one is being recorded.
    forms: RefCell<BTreeMap<String, Option<Value>>>,
    /// The forms' names, by their types.
    names: RefCell<BTreeMap<&'static str, String>>,
}

impl Default for Schemas {
    fn default() -> Self {
        Self::new()
    }
}

impl Schemas {
    /// No schemas yet.
    pub fn new() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .with(|it| it.definitions_path = PATH.trim_matches('#').to_owned().into())
            .for_serialize();
        Self {
            generator: RefCell::new(settings.into_generator()),
            forms: RefCell::default(),
            names: RefCell::default(),
        }
    }

    /// The schema of what a type serialises to; a reference, where the type has a name.
    pub fn of<T: JsonSchema + ?Sized>(&self) -> Value {
        Schema::to_value(self.generator.borrow_mut().subschema_for::<T>())
    }

    /// The schema of a form of this type, which `read` makes once; a reference.
    pub fn form_of(&self, kind: &'static str, read: impl FnOnce(&Self) -> Value) -> Value {
        let known = self.names.borrow().get(kind).cloned();
        if let Some(name) = known {
            return reference(&name);
        }
        let name = self.name(kind);
        // Its name is taken before it is read: a form may have itself below it.
        self.names.borrow_mut().insert(kind, name.clone());
        self.forms.borrow_mut().insert(name.clone(), None);
        let schema = read(self);
        self.forms.borrow_mut().insert(name.clone(), Some(schema));
        reference(&name)
    }

    /// The form's name: that of its type, and before it the module where another has it already.
    fn name(&self, kind: &str) -> String {
        let plain = kind.split('<').next().unwrap_or(kind);
        let mut segments = plain.rsplit("::");
        let mut name = segments.next().unwrap_or(plain).to_owned();
        let taken = |name: &str| self.forms.borrow().contains_key(name);
        for module in segments {
            if !taken(&name) {
                break;
            }
            name.insert_str(0, &camel_case(module));
        }
        name
    }

    /// All of them.
    ///
    /// # Panics
    /// When a form and an answer have the same name.
    pub fn into_components(self) -> Map<String, Value> {
        let mut components = self.generator.borrow_mut().take_definitions(true);
        for (name, form) in self.forms.into_inner() {
            let form = form.expect("every form was recorded to its end");
            let before = components.insert(name.clone(), form);
            assert!(before.is_none(), "a form and an answer are called {name}");
        }
        components.values_mut().for_each(plain);
        components
    }
}

/// A reference to a named schema.
pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PATH}{name}") })
}

/// Takes out of descriptions what makes links of names in Rust's documentation.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get_mut("description") {
                *text = text.replace("[`", "`").replace("`]", "`");
            }
            members.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

fn camel_case(module: &str) -> String {
    let words = module.split('_');
    words
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}
