//! What went wrong, as `application/problem+json` (RFC 9457). Every problem knows its status. The frame's own problems are
//! in English, for whoever writes the program; what the shop's rules say is in the language that `Accept-Language` asks for,
//! since a shop front shows it to its customers.

use crate::base::i18n::Lang;
use crate::base::{AppError, RETRY_AFTER_SECONDS};
use crate::office::apikeys::Scope;
use crate::server::DbError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What an operation yields.
pub type Answer<T = super::Reply> = Result<T, Problem>;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// What the rooms say everywhere.
    App(AppError),
    NoKey,
    UnknownKey,
    RevokedKey,
    MissingScope(Scope),
    UnknownVersion,
    /// A parameter of the query, or a header.
    BadParameter {
        name: String,
        detail: String,
    },
    /// The body is not JSON.
    Malformed(String),
    /// The body is not said to be JSON.
    NotJson,
    TooLarge,
    MethodNotAllowed,
    /// `If-Match` names another version.
    Changed,
    /// The `Idempotency-Key` was used for another request.
    KeyReused,
    /// Nothing in a batch could be taken.
    Batch(Vec<FieldError>),
    /// Several fields of the body cannot be so; there is at least one.
    Fields(Vec<FieldError>),
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        Self::App(error.into())
    }
}

/// A problem, as it is sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Where this type of problem is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// The type in a few words.
    pub title: &'static str,
    pub status: u16,
    /// What is wrong this time, and what to do.
    pub detail: String,
    /// The same for programs; a code once given stays: `customer.email_taken`.
    pub code: String,
    /// The field, parameter or header that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// What is wrong with fields, or with entries of a batch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
}

/// What is wrong with one field, or with one entry of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Which entry of the batch, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub index: Option<usize>,
    pub field: String,
    pub code: String,
    pub detail: String,
}

impl FieldError {
    /// A field of the body that cannot be so, as one of several; `message` is a key of the messages files with its values.
    #[must_use]
    pub fn new(field: impl Into<String>, message: &str, lang: Lang) -> Self {
        Self { index: None, field: field.into(), code: key_of(message).to_owned(), detail: lang.dynamic(message) }
    }
}

/// A type of problem: the end of its address, its title, its status, and what the documentation says about it.
pub struct ProblemType {
    pub name: &'static str,
    pub status: u16,
    pub title: &'static str,
    pub about: &'static str,
}

macro_rules! types {
    ($($constant:ident = $name:literal, $status:literal, $title:literal, $about:literal;)*) => {
        $(const $constant: ProblemType = ProblemType { name: $name, status: $status, title: $title, about: $about };)*
        /// Every type of problem, in the order of the documentation.
        pub const TYPES: &[ProblemType] = &[$($constant),*];
    };
}

types! {
    MALFORMED = "malformed", 400, "The request does not read", "The body is not JSON, a parameter or header has a value that cannot be, or a parameter does not exist.";
    UNAUTHENTICATED = "unauthenticated", 401, "No valid key", "Send a key that holds as `Authorization: Bearer clientele_…`.";
    FORBIDDEN = "forbidden", 403, "The key lacks a scope", "The key may not do this. `code` names the scope that it lacks.";
    NOT_FOUND = "not-found", 404, "Not found", "There is no such thing, or no such address.";
    METHOD_NOT_ALLOWED = "method-not-allowed", 405, "Method not allowed", "The address does not take this method; `Allow` says which it takes.";
    CONFLICT = "conflict", 409, "Not in this state", "What was asked for cannot be done as things stand; `detail` says why. Reading again and deciding anew may help, sending the same again does not.";
    CHANGED = "changed", 412, "Changed meanwhile", "`If-Match` names a version that is not the present one: somebody else changed it. Read it again.";
    TOO_LARGE = "too-large", 413, "Body too large", "Bodies have at most 2 MiB. Send batches in parts.";
    UNSUPPORTED = "unsupported-media-type", 415, "Not JSON", "Bodies are JSON: `Content-Type: application/json`.";
    INVALID = "invalid", 422, "A value cannot be", "A field has a value that cannot be; `field` names it, `detail` says what would be right.";
    KEY_REUSED = "idempotency-key-reused", 422, "Idempotency-Key used before", "The key was used for another request in the last 24 hours. Each request needs a key of its own.";
    RATE_LIMITED = "rate-limited", 429, "Too many requests", "The key has used up its requests; `Retry-After` says in how many seconds the next will be answered.";
    INTERNAL = "internal", 500, "A fault of the server", "Something went wrong inside; it was logged under the id in `detail`. Nothing was changed.";
    UNAVAILABLE = "unavailable", 503, "Not available now", "The database does not answer. Nothing was changed; ask again after `Retry-After` seconds.";
}

impl Problem {
    /// A field of the body that cannot be so; `code` is a key of the messages files.
    pub fn invalid(field: impl Into<String>, code: impl Into<String>) -> Self {
        Self::App(AppError::invalid(field, code))
    }

    /// A parameter of the query, or a header, that cannot be so.
    pub fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::BadParameter { name: name.into(), detail: detail.into() }
    }

    /// The same of a field that the API calls otherwise.
    #[must_use]
    pub fn renamed(self, from: &str, to: &str) -> Self {
        match self {
            Self::App(AppError::Invalid { field, message }) if field == from => Self::invalid(to, message),
            other => other,
        }
    }

    fn kind(&self) -> &'static ProblemType {
        match self {
            Self::App(error) => match error {
                AppError::NotFound => &NOT_FOUND,
                AppError::Unauthenticated => &UNAUTHENTICATED,
                AppError::Forbidden => &FORBIDDEN,
                AppError::Invalid { .. } => &INVALID,
                AppError::Conflict { .. } => &CONFLICT,
                AppError::RateLimited { .. } => &RATE_LIMITED,
                AppError::Unavailable => &UNAVAILABLE,
                AppError::Internal { .. } => &INTERNAL,
                AppError::Connection { .. } => &MALFORMED,
            },
            Self::NoKey | Self::UnknownKey | Self::RevokedKey => &UNAUTHENTICATED,
            Self::MissingScope(_) => &FORBIDDEN,
            Self::UnknownVersion | Self::BadParameter { .. } | Self::Malformed(_) => &MALFORMED,
            Self::NotJson => &UNSUPPORTED,
            Self::TooLarge => &TOO_LARGE,
            Self::MethodNotAllowed => &METHOD_NOT_ALLOWED,
            Self::Changed => &CHANGED,
            Self::KeyReused => &KEY_REUSED,
            Self::Batch(_) | Self::Fields(_) => &INVALID,
        }
    }

    fn code(&self) -> String {
        match self {
            Self::App(AppError::Invalid { message, .. } | AppError::Conflict { message }) if is_key(key_of(message)) => {
                key_of(message).to_owned()
            }
            Self::NoKey => "key_missing".into(),
            Self::UnknownKey => "key_unknown".into(),
            Self::RevokedKey => "key_revoked".into(),
            Self::MissingScope(scope) => format!("scope_missing:{}", scope.code()),
            Self::UnknownVersion => "version_unknown".into(),
            Self::BadParameter { .. } => "parameter_invalid".into(),
            Self::Fields(errors) if !errors.is_empty() => errors[0].code.clone(),
            other => other.kind().name.replace('-', "_"),
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            Self::App(AppError::NotFound) => "There is nothing at this address.".into(),
            Self::App(AppError::Internal { id }) => format!("Logged as {id}. Nothing was changed."),
            Self::App(error) => lang.error(error),
            Self::NoKey => "The request has no key. Send it as “Authorization: Bearer clientele_…”.".into(),
            Self::UnknownKey => "There is no such key.".into(),
            Self::RevokedKey => "This key was revoked. Make a new one: clientele api-key create.".into(),
            Self::MissingScope(scope) => format!("The key needs the scope {}.", scope.code()),
            Self::UnknownVersion => format!("Clientele-Version must be {}, or left out.", super::VERSION),
            Self::BadParameter { detail, .. } | Self::Malformed(detail) => detail.clone(),
            Self::NotJson => "Send the body as JSON, with “Content-Type: application/json”.".into(),
            Self::TooLarge => format!("The body has more than {} bytes.", super::BODY_MAX),
            Self::MethodNotAllowed => "The header Allow says which methods this address takes.".into(),
            Self::Changed => "It was changed since you read it. Read it again, and send its new ETag.".into(),
            Self::KeyReused => "This Idempotency-Key was used for another request. Use a new one for each request.".into(),
            Self::Fields(errors) => errors.first().map(|error| error.detail.clone()).unwrap_or_default(),
            Self::Batch(_) => "Nothing in the batch could be taken; errors says why, entry by entry.".into(),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::App(AppError::Invalid { field, .. }) => Some(field.clone()),
            Self::BadParameter { name, .. } => Some(name.clone()),
            Self::UnknownVersion => Some("Clientele-Version".into()),
            Self::KeyReused => Some("Idempotency-Key".into()),
            Self::Changed => Some("If-Match".into()),
            Self::Fields(errors) => errors.first().map(|error| error.field.clone()),
            _ => None,
        }
    }

    /// What is wrong with one entry of a batch.
    #[must_use]
    pub fn of_entry(&self, index: usize, lang: Lang) -> FieldError {
        let field = self.field().unwrap_or_default();
        FieldError { index: Some(index), field, code: self.code(), detail: self.detail(lang) }
    }

    /// As it is sent.
    #[must_use]
    pub fn body(&self, lang: Lang) -> ProblemBody {
        let kind = self.kind();
        let (code, detail, field) = (self.code(), self.detail(lang), self.field());
        let errors = match self {
            Self::Batch(errors) | Self::Fields(errors) => errors.clone(),
            Self::App(AppError::Invalid { field, .. }) => {
                vec![FieldError { index: None, field: field.clone(), code: code.clone(), detail: detail.clone() }]
            }
            _ => Vec::new(),
        };
        let kind_url = format!("/api/docs#problem-{}", kind.name);
        ProblemBody { kind: kind_url, title: kind.title, status: kind.status, detail, code, field, errors }
    }

    /// As an answer.
    #[must_use]
    pub fn response(&self, lang: Lang) -> Response {
        let body = self.body(lang);
        let status = StatusCode::from_u16(body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let json = serde_json::to_string(&body).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], json).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.code()));
        match self {
            Self::App(AppError::Unavailable) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
            }
            Self::App(AppError::RateLimited { seconds }) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Self::NoKey | Self::UnknownKey | Self::RevokedKey => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Clientele\""));
            }
            _ => {}
        }
        response
    }
}

/// A message may hold values behind its key.
fn key_of(message: &str) -> &str {
    message.split('\u{1f}').next().unwrap_or_default()
}

/// Whether a message is a key of the messages files rather than text.
fn is_key(message: &str) -> bool {
    message.contains('.') && message.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::i18n::by_code;

    #[test]
    fn a_problem_says_where_and_what() {
        let body = Problem::invalid("email", "customer.email_taken").body(by_code("de"));
        assert_eq!((body.status, body.code.as_str(), body.field.as_deref()), (422, "customer.email_taken", Some("email")));
        assert_eq!(body.detail, by_code("de").dynamic("customer.email_taken"));
        assert_eq!(body.errors.len(), 1);
        assert_eq!(body.kind, "/api/docs#problem-invalid");
    }

    #[test]
    fn text_is_no_code() {
        assert_eq!(Problem::invalid("kind", "unknown variant `x`, expected `y`.").code(), "invalid");
    }
}
