//! How a handler fails.

use model::form::FormErrors;
use model::{Code, Timestamp};

/// What a handler returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not done. [`crate::respond`] turns it into Discord's envelope.
#[derive(Debug)]
pub enum Error {
    /// One of Discord's codes.
    Api(Code),
    /// Fields of the body, query or path are wrong: code 50035 with the tree of errors.
    Form(FormErrors),
    /// A limit of the function itself, such as slow mode, was hit.
    RateLimited {
        /// The code to answer with.
        code: Code,
        /// When it may be tried again.
        until: Timestamp,
    },
    /// What the handler read was changed by somebody else before it wrote. The handler is called
    /// again; the client sees [`Code::Overloaded`] when that was in vain.
    Conflict,
    /// A defect or a fault of the host: logged in full, told to nobody.
    Internal(anyhow::Error),
}

impl Error {
    /// One error at one field, named by its path.
    pub fn field(path: &[&str], code: &str, message: impl Into<String>) -> Self {
        Self::Form(FormErrors::at(path, code, message))
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Api(code)
    }
}

impl From<FormErrors> for Error {
    fn from(errors: FormErrors) -> Self {
        Self::Form(errors)
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unavailable(_) => Self::Api(Code::Overloaded),
            other => Self::Internal(other.into()),
        }
    }
}

impl From<store::Rejection> for Error {
    fn from(rejection: store::Rejection) -> Self {
        match rejection {
            store::Rejection::Code(code) => Self::Api(code),
            store::Rejection::Conflict => Self::Conflict,
            store::Rejection::Store(error) => error.into(),
        }
    }
}
