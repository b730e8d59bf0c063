//! The schemas of forms, recorded by reading them from nothing.

use serde_json::Value;

use super::{Fields, Form};
use crate::schema::{Recorder, Schemas};

impl Schemas {
    /// The schema of what a form reads; a reference.
    pub fn form<T: Form>(&self) -> Value {
        self.form_of(std::any::type_name::<T>(), T::schema)
    }

    /// What a form asks for, without a name.
    pub fn recorded<T: Form>(&self) -> Value {
        let recorder = Recorder::new(self);
        Fields::record::<T>(&recorder);
        recorder.into_schema()
    }
}
