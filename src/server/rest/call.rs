//! A request, as operations read it.

use super::{Answer, Problem};
use crate::base::i18n::Lang;
use crate::base::query::{encode, pairs};
use crate::base::{AppError, Timestamp};
use crate::office::apikeys::{Program, Scope};
use crate::office::audit::store::Actor;
use crate::office::settings::zone::Zone;
use crate::server::AppState;
use crate::server::context::Viewer;
use axum::body::Bytes;
use axum::http::Method;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Display;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// Characters of what is looked for: nothing longer is worth it.
const SOUGHT_MAX: usize = 100;

/// A request of a program whose key holds and has the scope.
#[derive(Debug)]
pub struct Call {
    pub state: AppState,
    pub program: Program,
    pub now: Timestamp,
    /// The language of what the shop's rules say.
    pub lang: Lang,
    pub(super) ip: String,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    /// Names of the path and their values.
    pub(super) names: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) if_match: Option<String>,
    /// The `Idempotency-Key`, where there is one.
    pub(super) key: Option<String>,
    /// The request asks for a job.
    pub(super) has_job: AtomicBool,
}

impl Call {
    /// That the request has enqueued a job, which is begun as soon as the transaction is committed: before, whoever looks for it finds none.
    pub fn job_added(&self) {
        self.has_job.store(true, Ordering::Relaxed);
    }

    /// Who to write in the audit log.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::program(self.program.id, self.ip.clone(), self.now)
    }

    /// Programs see every branch.
    #[must_use]
    pub fn viewer(&self) -> Viewer<'_> {
        Viewer::everywhere(&self.state)
    }

    #[must_use]
    pub fn zone(&self) -> Zone {
        self.state.zone()
    }

    /// Refuses a key without a scope that only some requests of an operation need.
    ///
    /// # Errors
    /// [`Problem::MissingScope`].
    pub fn expect_scope(&self, scope: Scope) -> Answer<()> {
        if self.program.scopes.contains(&scope) { Ok(()) } else { Err(Problem::MissingScope(scope)) }
    }

    /// The id of this name in the path.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for what is no id.
    pub fn id<T: From<i64>>(&self, name: &str) -> Answer<T> {
        self.text(name)?.parse::<i64>().ok().filter(|id| *id > 0).map(T::from).ok_or(AppError::NotFound.into())
    }

    /// The text of this name in the path.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where the path has no such name.
    pub fn text(&self, name: &str) -> Answer<&str> {
        let found = self.names.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).ok_or(AppError::NotFound.into())
    }

    /// The query, without its question mark.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// The first value of a parameter of the query.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<String> {
        pairs(&self.query).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A parameter of the query that is a whole number from 0 on.
    ///
    /// # Errors
    /// [`Problem`] on the parameter.
    pub fn number(&self, name: &str) -> Answer<Option<i64>> {
        let read = |text: String| {
            let number = text.parse::<i64>().ok().filter(|number| *number >= 0 && !text.starts_with('+'));
            number.ok_or_else(|| Problem::parameter(name, "It is a whole number, from 0 on."))
        };
        self.param(name).map(read).transpose()
    }

    /// A parameter of the query that is one of these.
    ///
    /// # Errors
    /// [`Problem`] on the parameter.
    pub fn choice(&self, name: &str, choices: &[&str]) -> Answer<Option<String>> {
        let read = |text: String| {
            let known = choices.contains(&text.as_str()).then(|| text.clone());
            known.ok_or_else(|| Problem::parameter(name, format!("It is one of these: {}.", choices.join(", "))))
        };
        self.param(name).map(read).transpose()
    }

    /// A parameter of the query that is looked for, without space around it; empty where there is none.
    ///
    /// # Errors
    /// [`Problem`] on the parameter, where it is longer than what is worth looking for.
    pub fn short_text(&self, name: &str) -> Answer<String> {
        let text = self.param(name).map(|text| text.trim().to_owned()).unwrap_or_default();
        if text.chars().count() > SOUGHT_MAX {
            return Err(Problem::parameter(name, format!("It has at most {SOUGHT_MAX} characters.")));
        }
        Ok(text)
    }

    /// The address of the page behind what `name` names, of the same query.
    #[must_use]
    pub fn page_after(&self, name: &'static str, place: impl Display) -> String {
        let others = pairs(&self.query).into_iter().filter(|(known, _)| known != name);
        let kept = others.map(|(known, value)| format!("{known}={}&", encode(&value)));
        self.link(&format!("{}{name}={place}", kept.collect::<String>()))
    }

    /// Where the page of a list that was asked for begins, as [`Self::page_from`] put it; `list` says which list's place it is.
    ///
    /// # Errors
    /// [`Problem`] on `at` where it does not read.
    pub fn place<T: FromStr>(&self, list: &str) -> Answer<Option<T>> {
        let Some(at) = self.param("at") else { return Ok(None) };
        let plain = self.state.keys.open(&at).and_then(|plain| String::from_utf8(plain).ok());
        let place = plain.as_deref().and_then(|plain| plain.strip_prefix(list)?.strip_prefix(' ')?.parse().ok());
        place.map(Some).ok_or_else(|| Problem::parameter("at", "This place does not read; follow `next`."))
    }

    /// The address of the page from a place on, of the same query.
    #[must_use]
    pub fn page_from(&self, list: &str, place: impl Display) -> String {
        self.page_after("at", self.state.keys.seal(format!("{list} {place}").as_bytes()))
    }

    /// The address that was asked for, with another query.
    #[must_use]
    pub fn link(&self, query: &str) -> String {
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// The body.
    ///
    /// # Errors
    /// [`Problem`] that says what does not read, and where.
    pub fn body<T: DeserializeOwned>(&self) -> Answer<T> {
        // Otherwise a list of values would be read as those of the fields, in their order.
        if self.body.trim_ascii_start().starts_with(b"[") {
            self.read::<IgnoredAny>()?;
            return Err(Problem::invalid("", "invalid type: sequence, expected an object."));
        }
        self.read()
    }

    fn read<T: DeserializeOwned>(&self) -> Answer<T> {
        // First whether it is JSON at all, to its end: what a field lacks is another problem.
        serde_json::from_slice::<IgnoredAny>(&self.body).map_err(|error| not_json(&error))?;
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| unread(&error))
    }

    /// What a merge patch (RFC 7396) makes of what is there now.
    ///
    /// # Errors
    /// As [`Call::body`].
    pub fn patched<T: Serialize + DeserializeOwned>(&self, now: &T) -> Answer<T> {
        let patch: Value = self.read()?;
        if !patch.is_object() {
            return Err(Problem::invalid("", "api.patch_invalid"));
        }
        let mut value = serde_json::to_value(now).map_err(|error| crate::server::internal(&error))?;
        merge(&mut value, patch);
        serde_path_to_error::deserialize(value).map_err(|error| unread(&error))
    }

    /// Whether the request has an `If-Match` at all: what it asks may be costly to find out.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        self.if_match.is_some()
    }

    /// Refuses the request where `If-Match` names another version than this.
    ///
    /// # Errors
    /// [`Problem::Changed`].
    pub fn expect_version(&self, etag: &str) -> Answer<()> {
        self.expect(|wanted| wanted == etag)
    }

    /// As [`Call::expect_version`] for tags of two parts, of which only what stands before the hyphen tells of edits.
    ///
    /// # Errors
    /// [`Problem::Changed`].
    pub fn expect_edition(&self, etag: &str) -> Answer<()> {
        let edition = |tag: &str| tag.split('-').next().unwrap_or_default().trim_matches('"').to_owned();
        self.expect(|wanted| edition(wanted) == edition(etag))
    }

    fn expect(&self, is_it: impl Fn(&str) -> bool) -> Answer<()> {
        match &self.if_match {
            Some(wanted) if wanted.trim() != "*" && !wanted.split(',').any(|tag| is_it(tag.trim())) => Err(Problem::Changed),
            _ => Ok(()),
        }
    }

    /// What tells this request from another under the same `Idempotency-Key`.
    pub(super) fn hash(&self) -> Vec<u8> {
        let head = format!("{} {}?{}\n{}\n", self.method, self.path, self.query, self.if_match.as_deref().unwrap_or_default());
        Sha256::new().chain_update(head).chain_update(&self.body).finalize().to_vec()
    }

    /// The `Idempotency-Key`, where there is one.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// What the keys of this request's postings begin with. The request's own key is remembered for a day and may come again
    /// later, a posting's never; that a repeated request posts nothing is seen to by its kept answer.
    #[must_use]
    pub fn posting_key(&self) -> String {
        format!("api:{}:{:032x}", self.program.id, rand::random::<u128>())
    }
}

/// A body that is JSON but not what was asked for names the field; one that is no JSON the place.
fn unread(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let (path, inner) = (error.path().to_string(), error.inner());
    if inner.is_data() {
        let text = inner.to_string();
        // The path says where; lines and columns only repeat it.
        let text = text.split(" at line ").next().unwrap_or_default();
        let field = if path == "." { field_named_in(text) } else { path };
        Problem::invalid(field, format!("{text}."))
    } else {
        not_json(inner)
    }
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::Malformed(format!("The body is not JSON: {error}."))
}

/// The field of ``missing field `email` ``.
fn field_named_in(text: &str) -> String {
    let named = text.starts_with("missing field").then(|| text.split('`').nth(1)).flatten();
    named.unwrap_or_default().to_owned()
}

/// Merges a patch into a value (RFC 7396): null takes away, objects go deeper, all else replaces.
pub fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(fields) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(&name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patches_merge() {
        for (before, patch, after) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": 1}), json!({"a": null}), json!({"b": 1})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let mut value = before.clone();
            merge(&mut value, patch.clone());
            assert_eq!(value, after, "{before} + {patch}");
        }
    }
}
