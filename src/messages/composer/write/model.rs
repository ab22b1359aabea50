//! What the step shows beside the text.

use crate::base::MailId;
use crate::messages::templates::VariableView;
use serde::{Deserialize, Serialize};

/// A template that a campaign can begin as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    pub name: String,
    pub title: String,
    pub subject: String,
    /// Made here, not brought by the program.
    pub own: bool,
}

/// A discount code that customers can use now, or will be able to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChoice {
    pub code: String,
    /// What it gives: `10 %`.
    pub label: String,
}

/// What one writes with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// What is filled in for each recipient of a campaign.
    pub variables: Vec<VariableView>,
    pub filters: Vec<String>,
    pub beginnings: Vec<Beginning>,
    pub codes: Vec<CodeChoice>,
    /// Codes and their own names.
    pub languages: Vec<(String, String)>,
    /// The shop's.
    pub locale: String,
    /// Where test mails go unless somebody says otherwise: to whoever writes.
    pub own_address: String,
}

/// A product that a mail can show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductChoice {
    pub name: String,
    /// As the shop's language writes it.
    pub price: String,
    pub sku: String,
}

/// Which products a mail shows without choosing them one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductRule {
    /// Most units in completed orders of the last 30 days.
    BestSellers,
    /// The latest that were added.
    Newest,
}

/// How far a test mail has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestMail {
    pub id: MailId,
    pub to: String,
    /// As the outbox calls it.
    pub state: String,
    /// A key of the texts: why it failed.
    pub why: String,
    /// What the mail server said.
    pub answer: String,
}

/// Addresses of one test.
pub const TESTS_MAX: usize = 5;

/// The addresses in what somebody typed: apart by commas, semicolons, spaces or lines, each once.
#[must_use]
pub fn addresses(typed: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in typed.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty()) {
        if !all.iter().any(|other| other.eq_ignore_ascii_case(word)) {
            all.push(word.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        assert_eq!(addresses(" a@b.example, A@b.example;c@d.example\nx "), ["a@b.example", "c@d.example", "x"]);
        assert!(addresses(" ,; ").is_empty());
    }
}
