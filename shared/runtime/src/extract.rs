//! The parts of a request, as argument types.

use std::marker::PhantomData;

use model::{Code, Id};

#[cfg(not(target_family = "wasm"))]
use crate::described::Described;
#[cfg(not(target_family = "wasm"))]
use crate::schema::Schemas;
use crate::{BodyStream, Cx, Error, Fields, Form, Request, Result};

pub mod multipart;

/// A type that is read from a request.
#[allow(async_fn_in_trait, reason = "functions run on one thread")]
pub trait Extract: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// What the client must be told when the request does not have it.
    async fn extract(cx: &Cx, request: &mut Request) -> Result<Self>;

    /// Says what it reads. Natively alone.
    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>);
}

/// The path's parameters in order: one value, or a tuple of as many as the path has.
#[derive(Debug)]
pub struct Path<T>(pub T);

/// One value in a path.
pub trait FromSegment: Sized {
    /// The value of the parameter `name`.
    ///
    /// # Errors
    /// Code 50035 when the text is not one.
    fn from_segment(request: &Request, name: &'static str) -> Result<Self>;

    /// The schema of the text. Natively alone.
    #[cfg(not(target_family = "wasm"))]
    fn schema(schemas: &Schemas) -> serde_json::Value;
}

impl<T> FromSegment for Id<T> {
    fn from_segment(request: &Request, name: &'static str) -> Result<Self> {
        request.id(name)
    }

    #[cfg(not(target_family = "wasm"))]
    fn schema(schemas: &Schemas) -> serde_json::Value {
        schemas.of::<Self>()
    }
}

impl FromSegment for String {
    fn from_segment(request: &Request, name: &'static str) -> Result<Self> {
        request.param(name).map(str::to_owned)
    }

    #[cfg(not(target_family = "wasm"))]
    fn schema(schemas: &Schemas) -> serde_json::Value {
        schemas.of::<Self>()
    }
}

fn segment<T: FromSegment>(request: &Request, index: usize) -> Result<T> {
    let (name, _) = request
        .params
        .get(index)
        .ok_or_else(|| anyhow::anyhow!("{} has no parameter {index}", request.path))?;
    T::from_segment(request, name)
}

impl<T: FromSegment> Extract for Path<T> {
    async fn extract(_: &Cx, request: &mut Request) -> Result<Self> {
        segment(request, 0).map(Self)
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        operation.segment(0, T::schema(operation.schemas()));
    }
}

macro_rules! path_tuples {
    ($(($($name:ident $index:tt)+))+) => {$(
        impl<$($name: FromSegment),+> Extract for Path<($($name,)+)> {
            async fn extract(_: &Cx, request: &mut Request) -> Result<Self> {
                Ok(Self(($(segment::<$name>(request, $index)?,)+)))
            }

            #[cfg(not(target_family = "wasm"))]
            fn describe(operation: &mut Described<'_>) {
                $(operation.segment($index, $name::schema(operation.schemas()));)+
            }
        }
    )+};
}

path_tuples! { (A 0 B 1) (A 0 B 1 C 2) (A 0 B 1 C 2 D 3) (A 0 B 1 C 2 D 3 E 4) }

/// The query string, read as a [`Form`] whose fields are all text.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: Form> Extract for Query<T> {
    async fn extract(_: &Cx, request: &mut Request) -> Result<Self> {
        let mut object = serde_json::Map::new();
        for (name, value) in form_urlencoded::parse(request.query.as_bytes()) {
            match object.entry(name.into_owned()) {
                serde_json::map::Entry::Vacant(entry) => {
                    entry.insert(value.into_owned().into());
                }
                // A repeated name is a list.
                serde_json::map::Entry::Occupied(mut entry) => match entry.get_mut() {
                    serde_json::Value::Array(values) => values.push(value.into_owned().into()),
                    first => {
                        *first = vec![first.take(), value.into_owned().into()].into();
                    }
                },
            }
        }
        Fields::read_query(object).map(Self)
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        operation.query::<T>();
    }
}

/// The JSON body, read as a [`Form`]. An absent body is an empty object.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: Form> Extract for Body<T> {
    async fn extract(_: &Cx, request: &mut Request) -> Result<Self> {
        read_json(&json_body(request, T::BODY_BYTES_MAX).await?).map(Self)
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        operation.body::<T>();
    }
}

/// Items of a JSON body that is a list: no guild has more channels or roles.
const BODY_LIST_ITEMS_MAX: usize = 1000;

/// The JSON body, read as a list of [`Form`]s.
#[derive(Debug)]
pub struct BodyList<T>(pub Vec<T>);

impl<T: Form> Extract for BodyList<T> {
    async fn extract(_: &Cx, request: &mut Request) -> Result<Self> {
        let bytes = json_body(request, T::BODY_BYTES_MAX).await?;
        let value = serde_json::from_slice(&bytes).map_err(|_| Error::from(Code::InvalidJson))?;
        Fields::read_list(value, BODY_LIST_ITEMS_MAX).map(Self)
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        operation.body_list::<T>(BODY_LIST_ITEMS_MAX);
    }
}

/// The bytes of a body that says it is JSON, or does not say what it is.
async fn json_body(request: &mut Request, bytes_max: usize) -> Result<bytes::Bytes> {
    let bytes = request.body.collect(bytes_max).await?;
    request.kept.keep(&bytes);
    let json = match request.content_type() {
        None => true,
        Some(mime) => mime == "application/json" || mime.ends_with("+json"),
    };
    if !json && !bytes.is_empty() {
        return Err(Code::UnsupportedMediaType.into());
    }
    Ok(bytes)
}

/// A form from JSON text; nothing at all counts as `{}`.
///
/// # Errors
/// [`Code::InvalidJson`] for text that is not JSON, code 50035 for fields that are wrong.
pub fn read_json<T: Form>(bytes: &[u8]) -> Result<T> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Fields::read(serde_json::Value::Object(serde_json::Map::new()));
    }
    let value = serde_json::from_slice(bytes).map_err(|_| Error::from(Code::InvalidJson))?;
    Fields::read(value)
}

/// The whole request: for handlers that stream bodies or pass headers on.
#[derive(Debug)]
pub struct Raw(pub Request);

impl Extract for Raw {
    async fn extract(_: &Cx, request: &mut Request) -> Result<Self> {
        Ok(Self(Request {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            params: request.params.clone(),
            body: std::mem::replace(&mut request.body, BodyStream::empty()),
            kept: request.kept.clone(),
        }))
    }

    /// Nothing is known of it.
    #[cfg(not(target_family = "wasm"))]
    fn describe(_: &mut Described<'_>) {}
}

/// The whole request, whose body is read by the handler: a form in JSON, or that as `payload_json`
/// beside files.
///
/// See [Discord Docs/Uploading Files](https://discord.com/developers/docs/reference#uploading-files).
#[derive(Debug)]
pub struct WithFiles<T>(pub Request, pub PhantomData<T>);

impl<T: Form> Extract for WithFiles<T> {
    async fn extract(cx: &Cx, request: &mut Request) -> Result<Self> {
        let Raw(request) = Raw::extract(cx, request).await?;
        Ok(Self(request, PhantomData))
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        operation.body_with_files::<T>();
    }
}

/// The whole request, whose body is one of several forms: which one depends on what it is about.
#[derive(Debug)]
pub struct OneOf<T>(pub Request, pub PhantomData<T>);

/// Several forms.
pub trait Forms: Sized {
    /// Their schemas. Natively alone.
    #[cfg(not(target_family = "wasm"))]
    fn schemas(schemas: &Schemas) -> Vec<serde_json::Value>;
}

macro_rules! form_tuples {
    ($(($($name:ident)+))+) => {$(
        impl<$($name: Form),+> Forms for ($($name,)+) {
            #[cfg(not(target_family = "wasm"))]
            fn schemas(schemas: &Schemas) -> Vec<serde_json::Value> {
                vec![$(schemas.form::<$name>()),+]
            }
        }
    )+};
}

form_tuples! { (A B) (A B C) }

impl<T: Forms> Extract for OneOf<T> {
    async fn extract(cx: &Cx, request: &mut Request) -> Result<Self> {
        let Raw(request) = Raw::extract(cx, request).await?;
        Ok(Self(request, PhantomData))
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        let schemas = T::schemas(operation.schemas());
        operation.body_of(serde_json::json!({ "anyOf": schemas }));
    }
}

/// The moderator's reason for the audit log, from `X-Audit-Log-Reason`.
#[derive(Debug)]
pub struct Reason(pub Option<String>);

impl Extract for Reason {
    async fn extract(_: &Cx, request: &mut Request) -> Result<Self> {
        request.audit_log_reason().map(Self)
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        let schema = serde_json::json!({ "type": "string" });
        operation.header("X-Audit-Log-Reason", schema);
    }
}
