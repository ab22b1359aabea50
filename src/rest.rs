//! Which rooms answer under `/api`: `app` puts pages together, `work` background jobs, this the REST API. The order is that of
//! the documentation.

use crate::server::rest::Operation;
use crate::{commerce, customers, insight, messages};
use std::sync::OnceLock;

/// Every operation of the API.
pub fn operations() -> &'static [Operation] {
    static ALL: OnceLock<Vec<Operation>> = OnceLock::new();
    ALL.get_or_init(|| {
        [
            customers::list::rest::operations(),
            customers::profile::rest::operations(),
            customers::tags::rest::operations(),
            customers::groups::rest::operations(),
            customers::segments::rest::operations(),
            customers::addresses::rest::operations(),
            customers::notes::rest::operations(),
            commerce::products::rest::operations(),
            commerce::orders::rest::operations(),
            commerce::drafts::rest::operations(),
            commerce::payments::rest::operations(),
            commerce::invoices::rest::operations(),
            commerce::shipments::rest::operations(),
            commerce::returns::rest::operations(),
            commerce::credit::rest::operations(),
            commerce::giftcards::rest::operations(),
            commerce::loyalty::rest::operations(),
            commerce::promotions::rest::operations(),
            messages::templates::rest::operations(),
            messages::campaigns::rest::operations(),
            messages::composer::rest::operations(),
            messages::outbox::rest::operations(),
            insight::tracking::rest::operations(),
        ]
        .into_iter()
        .flatten()
        .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_addresses_are_unique_and_rooms_stand_together() {
        let (mut names, mut addresses, mut rooms) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for operation in operations() {
            assert!(names.insert(operation.name), "{} is there twice", operation.name);
            assert!(addresses.insert((operation.path, operation.method.to_string())), "{} is there twice", operation.path);
            assert!(operation.summary.len() < 80 && !operation.summary.ends_with('.'), "{}", operation.name);
            rooms.push(operation.room());
        }
        rooms.dedup();
        assert_eq!(rooms.iter().collect::<BTreeSet<_>>().len(), rooms.len(), "{rooms:?}");
    }

    #[test]
    fn reading_scopes_only_read() {
        use crate::office::apikeys::Scope;
        for operation in operations() {
            let reads =
                [Scope::ReadCustomers, Scope::ReadOrders, Scope::ReadMoney, Scope::ReadMessages].contains(&operation.scope);
            assert_ne!((operation.method.as_str(), operation.writes()), ("GET", true), "{}", operation.name);
            assert!(!(reads && operation.writes()), "{} writes with a scope for reading", operation.name);
        }
    }
}
