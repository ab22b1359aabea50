//! The one public error. Each variant knows its HTTP status; what went wrong inside is logged under an id and never sent.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// What can go wrong, as the person or program that asked is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppError {
    /// There is no such thing (or the asker may not know of it).
    NotFound,
    /// Nobody is logged in, or the session has ended.
    Unauthenticated,
    /// Logged in, but without the right.
    Forbidden,
    /// A field has a value that cannot be; `message` is a key of the messages files, or text.
    Invalid { field: String, message: String },
    /// Somebody else changed it first; `by` is their name where it is known.
    Conflict { message: String },
    /// Too many tries; the next one in `seconds`.
    RateLimited { seconds: u64 },
    /// The database is gone or locked; nothing was changed, trying again is safe.
    Unavailable,
    /// A fault of ours, logged under `id`.
    Internal { id: String },
    /// The connection failed, or the other side is of another version: as an answer, that the request does not read.
    Connection { message: String },
}

/// Seconds after which asking again makes sense while the database does not answer: by then it has restarted, or what locked it
/// is done.
pub const RETRY_AFTER_SECONDS: u64 = 5;

/// The result of everything that can fail in public.
pub type AppResult<T> = Result<T, AppError>;

impl AppError {
    /// An error of one field, with a key of the messages files.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    /// The HTTP status of this error.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::Invalid { .. } => 422,
            Self::Conflict { .. } => 409,
            Self::RateLimited { .. } => 429,
            Self::Unavailable => 503,
            Self::Connection { .. } => 400,
            Self::Internal { .. } => 500,
        }
    }

    /// Gives its status to the answer at hand, of a page that is being rendered or of a server function. The browser has none.
    pub fn answer(&self) {
        #[cfg(feature = "ssr")]
        if let (Some(options), Ok(status)) =
            (leptos::prelude::use_context::<leptos_axum::ResponseOptions>(), axum::http::StatusCode::from_u16(self.status()))
        {
            options.set_status(status);
            if *self == Self::Unavailable {
                options.insert_header(axum::http::header::RETRY_AFTER, axum::http::HeaderValue::from(RETRY_AFTER_SECONDS));
            }
        }
    }

    /// The key of the sentence that tells a person about this error.
    #[must_use]
    pub fn message_key(&self) -> &str {
        match self {
            Self::NotFound => "error.not_found",
            Self::Unauthenticated => "error.unauthenticated",
            Self::Forbidden => "error.forbidden",
            Self::Invalid { message, .. } | Self::Conflict { message } => message,
            Self::RateLimited { .. } => "error.rate_limited",
            Self::Unavailable => "error.unavailable",
            Self::Internal { .. } => "error.internal",
            Self::Connection { .. } => "error.connection",
        }
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid { field, message } => write!(f, "{field}: {message}"),
            Self::Conflict { message } | Self::Connection { message } => f.write_str(message),
            Self::RateLimited { seconds } => write!(f, "too many tries; try again in {seconds} s"),
            Self::Internal { id } => write!(f, "internal error {id}"),
            Self::NotFound => f.write_str("not found"),
            Self::Unauthenticated => f.write_str("not logged in"),
            Self::Forbidden => f.write_str("not allowed"),
            Self::Unavailable => f.write_str("the database does not answer"),
        }
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(message)
            | ServerFnErrorErr::Deserialization(message)
            | ServerFnErrorErr::MissingArg(message) => Self::Connection { message },
            other => Self::Connection { message: other.to_string() },
        }
    }

    /// Sets the HTTP status on the way out: the server-function machinery itself would answer 500 to every error.
    fn ser(&self) -> leptos::server_fn::Bytes {
        self.answer();
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}
