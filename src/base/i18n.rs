//! Languages. A language is one file `locales/xx.json` (flat: key → text) and one line in [`LOCALES`].
//!
//! Texts hold `{name}` placeholders; plurals are two keys, `key.one` and `key.other`. The WebAssembly carries no texts: the
//! browser loads its language's file, immutable under its hash, before it hydrates.

use super::{AppError, wire};
use leptos::prelude::use_context;
use std::fmt::Display;

/// Every language: its code, its own name, its file.
#[cfg(feature = "ssr")]
pub const LOCALES: &[(&str, &str, &str)] =
    &[("en", "English", include_str!("../../locales/en.json")), ("de", "Deutsch", include_str!("../../locales/de.json"))];

/// What stands between a message's key and its values: no text of ours has it.
const VALUES: char = '\u{1f}';

/// A message that says more than its key: `message("drafts.placed_already", &[("number", &number)])`, for an error's message.
/// [`Lang::dynamic`] fills the placeholders.
#[must_use]
pub fn message(key: &str, values: &[(&str, &dyn Display)]) -> String {
    values.iter().fold(key.to_owned(), |message, (name, value)| format!("{message}{VALUES}{name}={value}"))
}

/// The texts of one language.
#[derive(Debug)]
pub struct Messages {
    code: String,
    /// Key and text, in the order of the keys.
    texts: Vec<(String, String)>,
}

/// A language at hand: copy it into closures.
#[derive(Clone, Copy, Debug)]
pub struct Lang(&'static Messages);

impl Lang {
    /// Keeps texts, which are in the order of their keys, for the life of the program.
    #[must_use]
    pub fn new(code: &str, texts: Vec<(String, String)>) -> Self {
        Self(Box::leak(Box::new(Messages { code: code.to_owned(), texts })))
    }

    /// Reads the texts that the server sent and keeps them.
    #[must_use]
    pub fn load(code: &str, texts: &str) -> Self {
        Self::new(code, wire::read(texts).unwrap_or_default())
    }

    /// The language's code: `en`.
    #[must_use]
    pub fn code(self) -> &'static str {
        &self.0.code
    }

    /// The text of a key; the key itself where a language lacks it (a test sees to it that none does).
    #[must_use]
    pub fn t(self, key: &'static str) -> &'static str {
        self.find(key).unwrap_or(key)
    }

    fn find(self, key: &str) -> Option<&'static str> {
        let at = self.0.texts.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
        self.0.texts.get(at).map(|(_, text)| text.as_str())
    }

    /// As [`Lang::t`] for a key known only at run time, such as an error's; values may follow it (see [`message`]).
    #[must_use]
    pub fn dynamic(self, key: &str) -> String {
        let mut parts = key.split(VALUES);
        let Some(text) = parts.next().and_then(|key| self.find(key)) else { return key.to_owned() };
        let values = parts.filter_map(|part| part.split_once('='));
        values.fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// A country's name by its ISO code; the code itself where it is none.
    #[must_use]
    pub fn country(self, code: &str) -> String {
        self.known("country", code)
    }

    /// The text of `family.code`; the code itself where there is none, as for what other programs send us.
    #[must_use]
    pub fn known(self, family: &str, code: &str) -> String {
        self.find(&format!("{family}.{code}")).unwrap_or(code).to_owned()
    }

    /// What a person is told about an error.
    #[must_use]
    pub fn error(self, error: &AppError) -> String {
        match error {
            AppError::RateLimited { seconds } => self.with("error.rate_limited", &[("seconds", seconds)]),
            other => self.dynamic(other.message_key()),
        }
    }

    /// The text of a key with its `{name}` placeholders filled.
    #[must_use]
    pub fn with(self, key: &str, values: &[(&str, &dyn Display)]) -> String {
        let mut text = self.dynamic(key);
        for (name, value) in values {
            text = text.replace(&format!("{{{name}}}"), &value.to_string());
        }
        text
    }

    /// The singular or plural text of a key (`key.one`, `key.other`) with `{count}` filled, grouped as the language does.
    #[must_use]
    pub fn count(self, key: &str, count: i64) -> String {
        let form = if count == 1 { "one" } else { "other" };
        self.with(&format!("{key}.{form}"), &[("count", &self.integer(count))])
    }
}

/// The language of this page.
#[must_use]
pub fn use_lang() -> Lang {
    #[cfg(feature = "ssr")]
    {
        use_context::<Lang>().unwrap_or_else(|| by_code("en"))
    }
    #[cfg(not(feature = "ssr"))]
    {
        use_context::<Lang>().unwrap_or_else(|| Lang::new("en", Vec::new()))
    }
}

#[cfg(feature = "ssr")]
mod server {
    use super::{LOCALES, Lang, wire};
    use sha2::{Digest, Sha256};
    use std::collections::BTreeMap;
    use std::sync::OnceLock;

    /// A language as it is served.
    pub struct Served {
        lang: Lang,
        /// Its texts as the browser reads them.
        pub texts: String,
        /// Where they are: under their hash, so that browsers keep them for ever.
        pub path: String,
    }

    impl Served {
        fn new(code: &str, json: &str) -> Self {
            let sorted: BTreeMap<String, String> = serde_json::from_str(json).unwrap_or_default();
            let sorted: Vec<_> = sorted.into_iter().collect();
            let texts = wire::write(&sorted).unwrap_or_default();
            let hash: String = Sha256::digest(&texts)[..6].iter().map(|byte| format!("{byte:02x}")).collect();
            Self { lang: Lang::new(code, sorted), texts, path: format!("/locales/{code}-{hash}.txt") }
        }
    }

    /// Every language, in the order of [`LOCALES`].
    #[must_use]
    pub fn served() -> &'static [Served] {
        static ALL: OnceLock<Vec<Served>> = OnceLock::new();
        ALL.get_or_init(|| LOCALES.iter().map(|(code, _, json)| Served::new(code, json)).collect())
    }

    /// The language of a code (`de`, `de-AT`); English for one that we do not speak.
    #[must_use]
    pub fn by_code(code: &str) -> Lang {
        find(code).unwrap_or(served()[0].lang)
    }

    fn find(code: &str) -> Option<Lang> {
        let base = code.split(['-', '_']).next().unwrap_or_default();
        served().iter().map(|served| served.lang).find(|lang| lang.code().eq_ignore_ascii_case(base))
    }

    /// The first language of an `Accept-Language` header that we speak.
    #[must_use]
    pub fn by_header(header: &str) -> Lang {
        header.split(',').find_map(|part| find(part.split(';').next().unwrap_or_default().trim())).unwrap_or(served()[0].lang)
    }

    /// Where the browser finds a language's texts.
    #[must_use]
    pub fn path(lang: Lang) -> &'static str {
        served().iter().find(|served| served.lang.code() == lang.code()).map_or("", |served| &served.path)
    }
}
#[cfg(feature = "ssr")]
pub use server::{by_code, by_header, path, served};

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    fn texts(json: &str) -> BTreeMap<String, String> {
        serde_json::from_str(json).expect("a flat JSON object")
    }

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
    }

    #[test]
    fn an_error_may_bring_values() {
        let lang = Lang::new("en", vec![("a".into(), "Placed as #{number} by {name}.".into())]);
        assert_eq!(lang.dynamic(&message("a", &[("number", &17), ("name", &"x=y")])), "Placed as #17 by x=y.");
        assert_eq!(lang.dynamic("b"), "b");
    }

    #[test]
    fn every_language_says_everything_with_the_same_placeholders() {
        let english = texts(LOCALES[0].2);
        for (code, _, json) in LOCALES {
            let other = texts(json);
            assert_eq!(english.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{code}");
            for (key, text) in &english {
                assert_eq!(placeholders(text), placeholders(&other[key]), "{code} {key}");
            }
        }
    }

    /// Literal keys after `.t("`, `.with("`, `.count("`, `message("`.
    fn keys_in(source: &str) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        for (marker, plural) in [(".t(\"", false), (".with(\"", false), (" message(\"", false), (".count(\"", true)] {
            for rest in source.split(marker).skip(1) {
                if let Some((key, _)) = rest.split_once('"') {
                    found.push((key.to_owned(), plural));
                }
            }
        }
        found
    }

    fn walk(folder: &Path, check: &mut impl FnMut(&Path, &str)) {
        for entry in std::fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, check);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("i18n.rs") {
                check(&path, &std::fs::read_to_string(&path).expect("UTF-8"));
            }
        }
    }

    #[test]
    fn every_key_in_the_code_has_a_text() {
        let english = texts(LOCALES[0].2);
        let mut missing = Vec::new();
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, source| {
            for (key, plural) in keys_in(source) {
                let keys = if plural { vec![format!("{key}.one"), format!("{key}.other")] } else { vec![key] };
                missing.extend(keys.into_iter().filter(|k| !english.contains_key(k)).map(|k| format!("{}: {k}", path.display())));
            }
        });
        assert!(missing.is_empty(), "{missing:#?}");
    }
}
