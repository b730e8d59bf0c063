//! Reading an object field by field, with every complaint collected.
//!
//! A form's `read` asks for its fields by name; what is missing or wrong is noted under the field's
//! path and a default returned, so that one answer names all mistakes. Unknown fields are ignored,
//! as Discord does: libraries send more than is documented.
//!
//! See [Discord Docs/Error Messages](https://discord.com/developers/docs/reference#error-messages).

/// Tells the recorder, where one listens. Nothing in a component.
macro_rules! record {
    ($fields:ident, |$recorder:ident| $note:expr) => {
        #[cfg(not(target_family = "wasm"))]
        if let Some($recorder) = $fields.recorder {
            $note
        }
    };
}

#[cfg(not(target_family = "wasm"))]
mod schemas;
mod texts;
mod values;

use std::ops::RangeInclusive;

use model::Id;
use model::form::FormErrors;
use serde_json::{Map, Value};

use crate::body::JSON_BYTES_MAX;
#[cfg(not(target_family = "wasm"))]
use crate::schema::{Recorder, Schemas};
use crate::{Error, Result};

pub use values::{Complaint, FromField};

/// A body or query that reads itself from [`Fields`].
pub trait Form: Sized {
    /// Bytes that a JSON body of this form may have.
    const BODY_BYTES_MAX: usize = JSON_BYTES_MAX;

    /// Reads every field. Mistakes are noted in `fields`, not returned.
    fn read(fields: &mut Fields<'_>) -> Self;

    /// The schema of what it reads, recorded by reading: a form asks for every field that it knows,
    /// whatever the others are. Natively alone.
    #[cfg(not(target_family = "wasm"))]
    fn schema(schemas: &Schemas) -> Value {
        schemas.recorded::<Self>()
    }
}

/// An object being read, and where it stands in the body.
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: Vec<String>,
    errors: &'a mut FormErrors,
    // In a query every value is text, so numbers and booleans are read from it.
    text_only: bool,
    #[cfg(not(target_family = "wasm"))]
    recorder: Option<&'a Recorder<'a>>,
}

impl<'a> Fields<'a> {
    /// Reads a whole form from a JSON value.
    ///
    /// # Errors
    /// Code 50035 with every mistake.
    pub fn read<T: Form>(value: Value) -> Result<T> {
        match value {
            Value::Object(object) => read_object(&object, false),
            _ => Err(Error::field(
                &[],
                "MODEL_TYPE_CONVERT",
                "Only dictionaries may be used in a ModelType",
            )),
        }
    }

    /// Reads a list of forms with at most `max` items; mistakes stand under the item's index.
    ///
    /// # Errors
    /// Code 50035 with every mistake.
    pub fn read_list<T: Form>(value: Value, max: usize) -> Result<Vec<T>> {
        let Value::Array(items) = value else {
            let message = "Only iterables may be used in a ListType";
            return Err(Error::field(&[], "LIST_TYPE_CONVERT", message));
        };
        if items.len() > max {
            let message = format!("Must be {max} or fewer in length.");
            return Err(Error::field(&[], "BASE_TYPE_MAX_LENGTH", message));
        }
        let mut errors = FormErrors::new();
        let mut fields = Fields {
            object: &Map::new(),
            path: Vec::new(),
            errors: &mut errors,
            text_only: false,
            #[cfg(not(target_family = "wasm"))]
            recorder: None,
        };
        let indexed = items.iter().enumerate();
        let forms = indexed
            .filter_map(|(index, item)| fields.nested(&[&index.to_string()], item))
            .collect();
        errors.into_result()?;
        Ok(forms)
    }

    /// Reads a form from a query.
    pub(crate) fn read_query<T: Form>(object: Map<String, Value>) -> Result<T> {
        read_object(&object, true)
    }

    /// Reads a form from nothing, for what it asks for.
    #[cfg(not(target_family = "wasm"))]
    fn record<T: Form>(recorder: &Recorder<'_>) {
        T::read(&mut Fields {
            object: &Map::new(),
            path: Vec::new(),
            errors: &mut FormErrors::new(),
            text_only: false,
            recorder: Some(recorder),
        });
    }

    /// Whether the field is there at all, null included.
    pub fn has(&self, name: &str) -> bool {
        record!(self, |it| it.anything(name));
        self.object.contains_key(name)
    }

    /// The names of all fields.
    pub fn names(&self) -> Vec<String> {
        self.object.keys().cloned().collect()
    }

    /// Notes a mistake when the field is absent. That it is null is for another to say.
    pub fn present(&mut self, name: &str) {
        record!(self, |it| it.present(name));
        if !self.object.contains_key(name) {
            self.error(name, "BASE_TYPE_REQUIRED", "This field is required");
        }
    }

    /// All fields as forms, where each is named by an id. A name that is none is noted.
    pub fn by_id<M, T: Form>(&mut self) -> Vec<(Id<M>, T)> {
        record!(self, |it| it.others(it.schemas().form::<T>()));
        let names: Vec<_> = self.object.keys().cloned().collect();
        let mut forms = Vec::with_capacity(names.len());
        for name in names {
            if let Ok(id) = name.parse() {
                forms.extend(self.form(&name).map(|form| (id, form)));
                continue;
            }
            let message = format!("Value \"{name}\" is not snowflake.");
            self.error(&name, "NUMBER_TYPE_COERCE", message);
        }
        forms
    }

    /// The field's raw value; `None` when it is absent.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        record!(self, |it| it.anything(name));
        self.object.get(name)
    }

    /// Notes a mistake at a field.
    pub fn error(&mut self, name: &str, code: &str, message: impl Into<String>) {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        self.errors.add(&path, code, message);
    }

    /// Notes a mistake of the object itself.
    pub fn error_here(&mut self, code: &str, message: impl Into<String>) {
        self.errors.add(&self.path, code, message);
    }

    /// The field as a `T`; `None` when it is absent, null or wrong (the last is noted).
    pub fn get<T: FromField>(&mut self, name: &str) -> Option<T> {
        self.nullable(name).flatten()
    }

    /// The field as a `T`, which must be there. A default stands in for a mistake.
    pub fn required<T: FromField + Default>(&mut self, name: &str) -> T {
        record!(self, |it| it.field(name, T::schema(it.schemas())));
        record!(self, |it| it.required(name));
        if !matches!(self.object.get(name), None | Some(Value::Null)) {
            return self.get(name).unwrap_or_default();
        }
        self.error(name, "BASE_TYPE_REQUIRED", "This field is required");
        T::default()
    }

    /// The field of a patch: `None` when absent, `Some(None)` when null.
    pub fn nullable<T: FromField>(&mut self, name: &str) -> Option<Option<T>> {
        record!(self, |it| it.field(name, T::schema(it.schemas())));
        let value = self.object.get(name)?;
        if value.is_null() {
            return Some(None);
        }
        match T::from_field(value, self.text_only) {
            Ok(value) => Some(Some(value)),
            Err((code, message)) => {
                self.error(name, code, message);
                None
            }
        }
    }

    /// A field of a patch that cannot be null.
    pub fn patch<T: FromField>(&mut self, name: &str) -> Option<T> {
        record!(self, |it| it.field(name, T::schema(it.schemas())));
        record!(self, |it| it.not_null(name));
        match self.nullable(name) {
            Some(None) => {
                self.error(name, "BASE_TYPE_REQUIRED", "This field is required");
                None
            }
            value => value.flatten(),
        }
    }

    /// A whole number that must lie in `range`.
    pub fn int(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        record!(self, |it| it
            .field(name, <i64 as FromField>::schema(it.schemas())));
        record!(self, |it| it.range(name, &range));
        let number: i64 = self.get(name)?;
        if number < *range.start() {
            let message = format!(
                "int value should be greater than or equal to {}.",
                range.start()
            );
            self.error(name, "NUMBER_TYPE_MIN", message);
            return None;
        }
        if number > *range.end() {
            let message = format!("int value should be less than or equal to {}.", range.end());
            self.error(name, "NUMBER_TYPE_MAX", message);
            return None;
        }
        Some(number)
    }

    /// A number that must be one of `choices`.
    pub fn choice(&mut self, name: &str, choices: &[i64]) -> Option<i64> {
        record!(self, |it| it
            .field(name, <i64 as FromField>::schema(it.schemas())));
        record!(self, |it| it.choices(name, choices));
        let number: i64 = self.get(name)?;
        if choices.contains(&number) {
            return Some(number);
        }
        let list = choices
            .iter()
            .map(i64::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let message = format!("Value must be one of ({list}).");
        self.error(name, "BASE_TYPE_CHOICES", message);
        None
    }

    /// An object read as a form of its own, under this field's path.
    pub fn form<T: Form>(&mut self, name: &str) -> Option<T> {
        record!(self, |it| it.field(name, it.schemas().form::<T>()));
        match self.object.get(name)? {
            Value::Null => None,
            value => self.nested(&[name], value),
        }
    }

    /// A list of objects, each read as a form, with at most `max` items.
    pub fn forms<T: Form>(&mut self, name: &str, max: usize) -> Option<Vec<T>> {
        record!(self, |it| it.list(name, it.schemas().form::<T>(), max));
        let items = self.items(name, max)?;
        let indexed = items.iter().enumerate();
        Some(
            indexed
                .filter_map(|(i, item)| self.nested(&[name, &i.to_string()], item))
                .collect(),
        )
    }

    /// A list of plain values with at most `max` items. In a query, one value is a list of one.
    pub fn list<T: FromField>(&mut self, name: &str, max: usize) -> Option<Vec<T>> {
        record!(self, |it| it.list(name, T::schema(it.schemas()), max));
        let single = [self.object.get(name)?.clone()];
        let items: &[Value] = if self.text_only && single[0].is_string() {
            &single
        } else {
            self.items(name, max)?
        };
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match T::from_field(item, self.text_only) {
                Ok(value) => list.push(value),
                Err((code, message)) => {
                    let mut path = self.path.clone();
                    path.extend([name.to_owned(), index.to_string()]);
                    self.errors.add(&path, code, message);
                }
            }
        }
        Some(list)
    }

    fn items(&mut self, name: &str, max: usize) -> Option<&'a [Value]> {
        let object: &'a Map<String, Value> = self.object;
        let items = match object.get(name)? {
            Value::Array(items) => items,
            Value::Null => return None,
            _ => {
                let message = "Only iterables may be used in a ListType";
                self.error(name, "LIST_TYPE_CONVERT", message);
                return None;
            }
        };
        if items.len() > max {
            self.error(
                name,
                "BASE_TYPE_MAX_LENGTH",
                format!("Must be {max} or fewer in length."),
            );
            return None;
        }
        Some(items)
    }

    fn nested<T: Form>(&mut self, names: &[&str], value: &Value) -> Option<T> {
        let mut path = self.path.clone();
        path.extend(names.iter().map(|name| (*name).to_owned()));
        let Value::Object(object) = value else {
            let message = "Only dictionaries may be used in a ModelType";
            self.errors.add(&path, "MODEL_TYPE_CONVERT", message);
            return None;
        };
        let mut fields = Fields {
            object,
            path,
            errors: &mut *self.errors,
            text_only: self.text_only,
            #[cfg(not(target_family = "wasm"))]
            recorder: None,
        };
        Some(T::read(&mut fields))
    }
}

fn read_object<T: Form>(object: &Map<String, Value>, text_only: bool) -> Result<T> {
    let mut errors = FormErrors::new();
    let form = T::read(&mut Fields {
        object,
        path: Vec::new(),
        errors: &mut errors,
        text_only,
        #[cfg(not(target_family = "wasm"))]
        recorder: None,
    });
    errors.into_result()?;
    Ok(form)
}
