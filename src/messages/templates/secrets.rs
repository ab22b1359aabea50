//! Mails that say a secret: codes of gift cards, links that let somebody in. Whoever may write templates must not learn it from them.

use super::markup::{Marked, Role};
use super::places::Places;
use super::{Field, TemplateError};

/// The templates whose mails say a secret, which nobody is to read later.
const SECRET: [&str; 3] = ["confirmation", "gift_card", "password_reset"];

/// Whether mails of a template say a secret.
#[must_use]
pub fn says_a_secret(template: &str) -> bool {
    SECRET.contains(&template)
}

/// What would tell others the secret: a picture is fetched from its server as soon as the mail is opened, by an address, or by being there
/// or not, that says it; and an address with something filled in takes it to where it leads.
pub fn leaks(body: &str, marked: &Marked) -> Vec<TemplateError> {
    let lower = body.to_ascii_lowercase();
    let pictures = lower.match_indices("<img").map(|(at, _)| (at, "templates.error.secret_picture"));
    let addresses = marked.asides.iter().filter(|aside| aside.role == Role::UrlPart).map(|aside| aside.at);
    let addresses = addresses.map(|at| (at, "templates.error.secret_address"));
    let places = Places::of(body);
    let mut found: Vec<(usize, &str)> = pictures.chain(addresses).collect();
    found.sort_unstable();
    let error = |(at, key): (usize, &str)| {
        let (line, column) = places.at(at);
        TemplateError { field: Field::Body, line, column, message: key.into(), suggestion: None }
    };
    found.into_iter().map(error).collect()
}
