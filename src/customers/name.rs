//! The name of a customer: as it is shown, and as it is searched and sorted.

/// The name that stands for a customer: the first of person, company and email that says something.
#[must_use]
pub fn display_name(first: &str, last: &str, company: &str, email: &str) -> String {
    let person = format!("{} {}", first.trim(), last.trim());
    [person.trim(), company.trim(), email.trim()].into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned()
}

/// `customers.name_key`: the person and the company, so that both are found, in the order in which they are shown.
#[cfg(feature = "ssr")]
#[must_use]
pub fn name_key(first: &str, last: &str, company: &str) -> String {
    crate::base::text::normalise(&format!("{first} {last} {company}"))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn somebody_always_has_a_name() {
        assert_eq!(display_name(" Mei ", "Lafelley", "Acme", "m@x.example"), "Mei Lafelley");
        assert_eq!(display_name("", "王伟", "", ""), "王伟");
        assert_eq!(display_name(" ", "", "Acme", "m@x.example"), "Acme");
        assert_eq!(display_name("", "", "", "m@x.example"), "m@x.example");
        assert_eq!(name_key("Zoë", "", "Straße & Co"), "zoe strasse & co");
    }
}
