//! Texts and names, whose length is bounded.

use std::ops::RangeInclusive;

use model::text::trimmed;
use serde_json::Value;

use super::Fields;

impl Fields<'_> {
    /// Text whose length in characters must lie in `chars`; `None` as for [`get`](Self::get).
    pub fn text(&mut self, name: &str, chars: RangeInclusive<usize>) -> Option<String> {
        self.asks_for_text(name, &chars);
        let text: String = self.get(name)?;
        self.check_length(name, text.chars().count(), chars)
            .then_some(text)
    }

    /// Text of a patch: null clears it.
    pub fn nullable_text(
        &mut self,
        name: &str,
        chars: RangeInclusive<usize>,
    ) -> Option<Option<String>> {
        self.asks_for_text(name, &chars);
        match self.nullable::<String>(name)? {
            None => Some(None),
            Some(text) => {
                let fits = self.check_length(name, text.chars().count(), chars);
                fits.then_some(Some(text))
            }
        }
    }

    /// Text that must be there, with its length in `chars`.
    pub fn required_text(&mut self, name: &str, chars: RangeInclusive<usize>) -> String {
        self.asks_for_text(name, &chars);
        record!(self, |it| it.required(name));
        if matches!(self.object.get(name), None | Some(Value::Null)) {
            return self.required(name);
        }
        self.text(name, chars).unwrap_or_default()
    }

    /// A name: text of which what cannot be seen at its ends is left out before its length must lie
    /// in `chars`. A blank one has no length.
    pub fn name(&mut self, name: &str, chars: RangeInclusive<usize>) -> Option<String> {
        self.asks_for_text(name, &chars);
        let text: String = self.get(name)?;
        self.checked_name(name, &text, chars)
    }

    /// A name that must be there.
    pub fn required_name(&mut self, name: &str, chars: RangeInclusive<usize>) -> String {
        self.asks_for_text(name, &chars);
        record!(self, |it| it.required(name));
        if matches!(self.object.get(name), None | Some(Value::Null)) {
            return self.required(name);
        }
        self.name(name, chars).unwrap_or_default()
    }

    /// A name of a patch, which cannot be null.
    pub fn patch_name(&mut self, name: &str, chars: RangeInclusive<usize>) -> Option<String> {
        self.asks_for_text(name, &chars);
        record!(self, |it| it.not_null(name));
        self.object.get(name)?;
        Some(self.required_name(name, chars))
    }

    /// A name of a patch with at most `max` characters: null clears it, and so does a blank one.
    pub fn nullable_name(&mut self, name: &str, max: usize) -> Option<Option<String>> {
        self.asks_for_text(name, &(0..=max));
        match self.nullable::<String>(name)? {
            None => Some(None),
            Some(text) => {
                let text = self.checked_name(name, &text, 0..=max)?;
                Some(Some(text).filter(|text| !text.is_empty()))
            }
        }
    }

    /// Tells the recorder of a text of this length.
    fn asks_for_text(&self, name: &str, chars: &RangeInclusive<usize>) {
        let _ = (name, chars);
        record!(self, |it| it
            .field(name, <String as super::FromField>::schema(it.schemas())));
        record!(self, |it| it.length(name, chars));
    }

    fn checked_name(
        &mut self,
        name: &str,
        text: &str,
        chars: RangeInclusive<usize>,
    ) -> Option<String> {
        let text = trimmed(text);
        self.check_length(name, text.chars().count(), chars)
            .then(|| text.to_owned())
    }

    fn check_length(&mut self, name: &str, length: usize, wanted: RangeInclusive<usize>) -> bool {
        if wanted.contains(&length) {
            return true;
        }
        let (min, max) = (wanted.start(), wanted.end());
        let (code, message) = match (*min, length) {
            (0, _) => (
                "BASE_TYPE_MAX_LENGTH",
                format!("Must be {max} or fewer in length."),
            ),
            (1, 0) => ("BASE_TYPE_REQUIRED", "This field is required".to_owned()),
            _ => (
                "BASE_TYPE_BAD_LENGTH",
                format!("Must be between {min} and {max} in length."),
            ),
        };
        self.error(name, code, message);
        false
    }
}
