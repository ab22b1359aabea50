//! An operation: a method and a path, whom it is for, what it takes and gives, and what it does.

use super::{Answer, Call};
use crate::office::apikeys::Scope;
use crate::server::Tx;
use axum::http::Method;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::borrow::Cow;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Reads; changes nothing.
pub type Read = for<'a> fn(&'a Call) -> BoxFuture<'a, Answer>;
/// Changes things in the transaction of the request, and reads through nothing else: whoever waits for the same
/// `Idempotency-Key` holds connections meanwhile.
pub type Write = for<'a> fn(&'a Call, &'a Tx) -> BoxFuture<'a, Answer>;

/// Looks, before the transaction of a write, at what would hold it up: all the customers of an audience. Yields the version that
/// it looked at.
pub type Look = for<'a> fn(&'a Call) -> BoxFuture<'a, Answer<i64>>;
/// A [`Write`] that goes by what was looked at, and refuses another version.
pub type WriteSeen = for<'a> fn(&'a Call, &'a Tx, i64) -> BoxFuture<'a, Answer>;

/// What an operation does.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    Read(Read),
    Write(Write),
    LookAndWrite(Look, WriteSeen),
}

/// The schema of a body.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub name: fn() -> Cow<'static, str>,
    pub schema: fn() -> RefOr<Schema>,
    /// Adds the schemas that it is made of.
    pub parts: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    #[must_use]
    pub const fn of<T: ToSchema>() -> Self {
        Self { name: T::name, schema: T::schema, parts: T::schemas }
    }
}

/// What the value of a parameter is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text,
    Integer,
    /// `2026-03-01`.
    Day,
    /// `12.50`.
    Amount,
    Choice(&'static [&'static str]),
    /// Ids between commas.
    Ids,
    /// Texts between commas.
    Texts,
}

impl Kind {
    /// Its JSON schema.
    #[must_use]
    pub fn schema(self) -> Value {
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Integer => json!({ "type": "integer", "minimum": 0 }),
            Self::Day => json!({ "type": "string", "format": "date" }),
            Self::Amount => json!({ "type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,3})?$" }),
            Self::Choice(codes) => json!({ "type": "string", "enum": codes }),
            Self::Ids => json!({ "type": "string", "pattern": r"^[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*$" }),
            Self::Texts => json!({ "type": "string", "minLength": 1 }),
        }
    }
}

/// A parameter of the query. A request with another is refused: a misspelt filter must not find everybody.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    pub name: &'static str,
    pub kind: Kind,
    pub about: &'static str,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: Method,
    /// Under `/api`, with `{names}`.
    pub path: &'static str,
    pub scope: Scope,
    /// Its name in generated clients: `list_customers`.
    pub name: &'static str,
    pub summary: &'static str,
    /// What else there is to know.
    pub about: &'static str,
    /// Names of the path that are no ids.
    pub texts: &'static [&'static str],
    pub query: &'static [Param],
    pub takes: Option<Shape>,
    pub status: u16,
    pub gives: Option<Shape>,
    /// What the pages are made of that it gives instead.
    pub lists: Option<Shape>,
    /// It may be refused (409) as things stand, though it changes nothing.
    pub may_conflict: bool,
    /// It answers with, and listens to, entity tags.
    pub tagged: bool,
    pub run: Run,
}

impl Operation {
    fn new(method: Method, path: &'static str, scope: Scope, name: &'static str, summary: &'static str, run: Run) -> Self {
        let (about, texts, query) = ("", &[] as &[&str], &[] as &[Param]);
        Self {
            method,
            path,
            scope,
            name,
            summary,
            about,
            texts,
            query,
            takes: None,
            status: 204,
            gives: None,
            lists: None,
            may_conflict: false,
            tagged: false,
            run,
        }
    }

    #[must_use]
    pub fn get(path: &'static str, scope: Scope, name: &'static str, summary: &'static str, run: Read) -> Self {
        Self { tagged: true, ..Self::new(Method::GET, path, scope, name, summary, Run::Read(run)) }
    }

    #[must_use]
    pub fn post(path: &'static str, scope: Scope, name: &'static str, summary: &'static str, run: Write) -> Self {
        Self::new(Method::POST, path, scope, name, summary, Run::Write(run))
    }

    /// As [`Operation::post`], with a look before its transaction.
    #[must_use]
    pub fn post_seen(
        path: &'static str,
        scope: Scope,
        name: &'static str,
        summary: &'static str,
        look: Look,
        run: WriteSeen,
    ) -> Self {
        Self::new(Method::POST, path, scope, name, summary, Run::LookAndWrite(look, run))
    }

    /// A question whose body must not stand in an address.
    #[must_use]
    pub fn ask(path: &'static str, scope: Scope, name: &'static str, summary: &'static str, run: Read) -> Self {
        Self::new(Method::POST, path, scope, name, summary, Run::Read(run))
    }

    #[must_use]
    pub fn put(path: &'static str, scope: Scope, name: &'static str, summary: &'static str, run: Write) -> Self {
        Self::new(Method::PUT, path, scope, name, summary, Run::Write(run))
    }

    /// A JSON merge patch (RFC 7396).
    #[must_use]
    pub fn patch(path: &'static str, scope: Scope, name: &'static str, summary: &'static str, run: Write) -> Self {
        Self::new(Method::PATCH, path, scope, name, summary, Run::Write(run))
    }

    #[must_use]
    pub fn delete(path: &'static str, scope: Scope, name: &'static str, summary: &'static str, run: Write) -> Self {
        Self::new(Method::DELETE, path, scope, name, summary, Run::Write(run))
    }

    #[must_use]
    pub fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    #[must_use]
    pub fn texts(self, texts: &'static [&'static str]) -> Self {
        Self { texts, ..self }
    }

    #[must_use]
    pub fn query(self, query: &'static [Param]) -> Self {
        Self { query, ..self }
    }

    #[must_use]
    pub fn takes<T: ToSchema>(self) -> Self {
        Self { takes: Some(Shape::of::<T>()), ..self }
    }

    #[must_use]
    pub fn gives<T: ToSchema>(self) -> Self {
        Self { status: 200, gives: Some(Shape::of::<T>()), ..self }
    }

    /// Gives a page of these.
    #[must_use]
    pub fn lists<T: ToSchema>(self) -> Self {
        Self { status: 200, lists: Some(Shape::of::<T>()), ..self }
    }

    /// May be refused as things stand, though it changes nothing.
    #[must_use]
    pub fn may_conflict(self) -> Self {
        Self { may_conflict: true, ..self }
    }

    #[must_use]
    pub fn creates<T: ToSchema>(self) -> Self {
        Self { status: 201, gives: Some(Shape::of::<T>()), ..self }
    }

    /// Heeds `If-Match`.
    #[must_use]
    pub fn guarded(self) -> Self {
        Self { tagged: true, ..self }
    }

    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self.run, Run::Read(_))
    }

    /// The chapter of the documentation that it stands in: the first part of its path that means something.
    #[must_use]
    pub fn room(&self) -> &'static str {
        let mut parts = self.path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
        match (parts.next().unwrap_or_default(), parts.next()) {
            ("customers", Some("addresses")) => "Addresses",
            ("customers", Some("notes")) => "Notes",
            ("customers", Some("tags" | "groups")) | ("tags" | "groups", _) => "Tags and groups",
            ("segments", _) => "Segments",
            ("customers", Some("orders" | "drafts"))
            | ("orders" | "drafts" | "carts" | "returns" | "products" | "invoices", _) => "Orders",
            ("customers", Some("credit" | "credits")) => "Store credit",
            ("gift-cards", _) | ("customers", Some("gift-cards")) => "Gift cards",
            ("customers", Some("points" | "loyalty")) => "Loyalty",
            ("promotions", _) => "Promotions",
            ("templates", _) => "Mail templates",
            ("campaigns", _) => "Campaigns",
            ("messages", _) => "Mails",
            ("events" | "visits" | "visitors", _) => "Tracking",
            _ => "Customers",
        }
    }

    /// The names in its path, in order.
    pub fn path_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
