//! The templates that the program brings: one file for each name and language, whose first lines say what its HTML does not.

use super::{Layout, Purpose, Source};

macro_rules! template {
    ($name:literal) => {
        ($name, include_str!(concat!("builtin/en/", $name, ".html")), include_str!(concat!("builtin/de/", $name, ".html")))
    };
}

/// Name, English, German; by name.
const FILES: &[(&str, &str, &str)] = &[
    template!("abandoned_cart"),
    template!("back_in_stock"),
    template!("birthday"),
    template!("confirmation"),
    template!("credit_changed"),
    template!("credit_note"),
    template!("flash_sale"),
    template!("gift_card"),
    template!("invoice"),
    template!("order_cancelled"),
    template!("order_confirmation"),
    template!("order_shipped"),
    template!("password_reset"),
    template!("payment_reminder"),
    template!("points_changed"),
    template!("refund"),
    template!("return_approved"),
    template!("return_received"),
    template!("return_refused"),
    template!("return_requested"),
    template!("welcome"),
    template!("win_back"),
];

/// The names of all of them, as those who queue mails know them.
pub const NAMES: &[&str] = &{
    let mut names = [""; FILES.len()];
    let mut at = 0;
    while at < FILES.len() {
        names[at] = FILES[at].0;
        at += 1;
    }
    names
};

/// The built-in template of a name in a language; in English where it is in no file of that language.
#[must_use]
pub fn find(name: &str, locale: &str) -> Option<Source> {
    let (name, english, german) = FILES.iter().find(|(other, ..)| *other == name)?;
    parse(name, if locale == "de" { german } else { english })
}

/// Reads a file: `subject: …` and the like, a line of `---`, the body.
fn parse(name: &str, file: &str) -> Option<Source> {
    let (head, body) = file.split_once("\n---\n")?;
    let line = |key: &str| head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    Some(Source {
        subject_matter: name.to_owned(),
        purpose: Purpose::parse(line("purpose")?)?,
        layout: Layout::parse(line("layout")?)?,
        subject: line("subject")?.to_owned(),
        preheader: line("preheader").unwrap_or_default().to_owned(),
        body: body.to_owned(),
        text: None,
    })
}

#[cfg(test)]
mod tests;
