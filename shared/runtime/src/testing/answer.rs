//! What functions answer, and what tests expect of it.

use bytes::Bytes;
use http::HeaderMap;
use model::Code;
use serde_json::Value;

/// What a function answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The JSON of a successful answer.
    ///
    /// # Panics
    /// When it is not one.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{}: {}",
            self.status,
            self.text()
        );
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// Asserts 204.
    ///
    /// # Panics
    /// When it is anything else.
    #[track_caller]
    pub fn no_content(&self) {
        assert_eq!(self.status, 204, "{}", self.text());
    }

    /// Asserts one of Discord's errors.
    ///
    /// # Panics
    /// When it is anything else.
    #[track_caller]
    pub fn is(&self, code: Code) {
        let found = (self.status, self.json()["code"].as_u64());
        assert_eq!(
            found,
            (code.status(), Some(code.number().into())),
            "{}",
            self.text()
        );
    }

    /// Asserts a field error, and returns its `_errors[0].code`.
    ///
    /// # Panics
    /// When it is anything else.
    #[track_caller]
    pub fn field_error(&self, path: &[&str]) -> String {
        self.is(Code::InvalidFormBody);
        let errors = self.json()["errors"].clone();
        let found = path.iter().fold(&errors, |errors, name| &errors[*name]);
        match found["_errors"][0]["code"].as_str() {
            Some(code) => code.to_owned(),
            None => panic!("no error at {path:?} in {errors}"),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
