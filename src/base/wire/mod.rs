//! How answers travel from the server to the browser: a form that only knows the types on both sides, and so costs the download
//! a fraction of what reading JSON does. `#[server(protocol = Wire)]` is a server function that answers in it, [`resource`] data
//! that comes with the page.
//!
//! It is text, since it must also pass through attributes, scripts and events: values one after the other, each number and text
//! ended by a semicolon (`12;Ann;`); `0` or `1` before what may be missing; the count before a list, the number of its variant
//! before an enum; the fields of a struct in order, without their names. In texts, controls and `;`, `<`, `\` are a backslash and
//! two hexadecimal digits.
//!
//! The names are not lost, though: a sum over those of all fields and variants goes ahead. A tab of another build whose types have
//! other fields, or in another order, computes another sum, and so reads nothing rather than something else.
//!
//! Types derive serde's traits as usual. What serde can only read from a form that describes itself (`flatten`, `untagged`, `tag`) and what
//! leaves fields out (`skip_serializing_if`) cannot travel.

mod call;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::read;
pub use write::write;

use leptos::prelude::codee::{Decoder, Encoder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// The form itself, as the protocol of server functions and the codec of resources.
pub struct Wire;

impl Wire {
    /// Its media type: who accepts it gets it, everybody else gets JSON.
    pub const TYPE: &'static str = "application/vnd.clientele.wire";
}

/// A text that is not in this form, or of types that differ from ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the other side is of another version")
    }
}

impl std::error::Error for Unreadable {}

/// Data that comes with the page, or is asked for when what it depends on changes.
pub type Resource<T> = leptos::prelude::Resource<T, Wire>;

/// The data that `fetch` yields for `source`; asked for anew whenever that changes.
#[track_caller]
pub fn resource<S, T, Fut>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> Fut + Send + Sync + 'static,
) -> Resource<T>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, fetch, false)
}

/// As [`resource`], for what the page's title or status depends on: nothing of the page is sent before.
#[track_caller]
pub fn blocking_resource<S, T, Fut>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> Fut + Send + Sync + 'static,
) -> Resource<T>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, fetch, true)
}

impl<T: Serialize> Encoder<T> for Wire {
    type Error = Unreadable;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Unreadable> {
        write(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Wire {
    type Error = Unreadable;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Unreadable> {
        read(text)
    }
}

/// A running sum over names: the same for the same names in the same places, in whatever order it meets them.
#[derive(Clone, Copy, Default)]
struct Names(u32);

impl Names {
    /// FNV-1a of the name, times an odd number that depends on its place.
    fn add(&mut self, place: u32, name: &str) {
        let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        self.0 = self.0.wrapping_add(hash.wrapping_mul(2 * place + 1));
    }
}
