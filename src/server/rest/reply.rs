//! What an operation answers.

use super::Answer;
use crate::server::internal;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An answer before it is one: kept with the request's `Idempotency-Key`, it can be given again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub status: u16,
    /// JSON; empty where there is none.
    pub body: String,
    pub etag: Option<String>,
    /// The address of what was made, or of what was asked for where it is another.
    pub location: Option<String>,
    /// It was given before.
    #[serde(skip)]
    pub replayed: bool,
}

impl Reply {
    fn new(status: u16, value: &impl Serialize) -> Answer<Self> {
        let body = serde_json::to_string(value).map_err(|error| internal(&error))?;
        Ok(Self { status, body, etag: None, location: None, replayed: false })
    }

    /// 200 with a body.
    ///
    /// # Errors
    /// When the value is not JSON, a fault of ours.
    pub fn ok(value: &impl Serialize) -> Answer<Self> {
        Self::new(200, value)
    }

    /// 201 with the address of what was made.
    ///
    /// # Errors
    /// When the value is not JSON, a fault of ours.
    pub fn created(location: String, value: &impl Serialize) -> Answer<Self> {
        Ok(Self { location: Some(location), ..Self::new(201, value)? })
    }

    /// 204.
    #[must_use]
    pub fn nothing() -> Self {
        Self { status: 204, body: String::new(), etag: None, location: None, replayed: false }
    }

    #[must_use]
    pub fn tagged(self, etag: String) -> Self {
        Self { etag: Some(etag), ..self }
    }

    /// Of what was made the address; of what was asked for, where it really is.
    #[must_use]
    pub fn at(self, location: String) -> Self {
        Self { location: Some(location), ..self }
    }

    /// As an answer.
    #[must_use]
    pub fn response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut headers = HeaderMap::new();
        let mut put = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        if !self.body.is_empty() {
            put(header::CONTENT_TYPE, "application/json");
        }
        if let Some(etag) = &self.etag {
            put(header::ETAG, etag);
        }
        if let Some(location) = &self.location {
            put(if status == StatusCode::CREATED { header::LOCATION } else { header::CONTENT_LOCATION }, location);
        }
        if self.replayed {
            put(header::HeaderName::from_static("idempotency-replayed"), "true");
        }
        (status, headers, self.body).into_response()
    }
}

/// An entity tag of anything that has a JSON form.
#[must_use]
pub fn etag(value: &impl Serialize) -> String {
    format!("\"{}\"", short_hash(&serde_json::to_vec(value).unwrap_or_default()))
}

/// An entity tag of two parts: what people and programs edit, and everything that is shown. So figures that follow orders
/// make another tag, and still nobody who edits is told that somebody else did ([`super::Call::expect_edition`]).
#[must_use]
pub fn edition_tag(edited: &impl Serialize, shown: &impl Serialize) -> String {
    let part = |json: serde_json::Result<Vec<u8>>| short_hash(&json.unwrap_or_default());
    format!("\"{}-{}\"", part(serde_json::to_vec(edited)), part(serde_json::to_vec(shown)))
}

/// The part of a hash that tells versions apart.
#[must_use]
pub fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..9].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A page of a list. Its schema is in [`super::openapi`], since each list has one of its own.
#[derive(Debug, Serialize)]
pub struct PageOf<T> {
    pub items: Vec<T>,
    /// How many there are on all pages; null where counting would cost more than the page.
    pub total: Option<u64>,
    /// The address of the next page; null on the last one.
    pub next: Option<String>,
    pub previous: Option<String>,
}

impl<T> PageOf<T> {
    /// A list that is all there is.
    #[must_use]
    pub fn whole(items: Vec<T>) -> Self {
        let total = u64::try_from(items.len()).ok();
        Self { items, total, next: None, previous: None }
    }
}
