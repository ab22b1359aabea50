//! The customer list in the REST API: what the screen's URL can say, the query can.

use super::{Fallback, ListRow, ListState, service, store};
use crate::base::CustomerId;
use crate::office::apikeys::Scope::ReadCustomers;
use crate::server::rest::{Amount, Answer, Call, Kind, Operation, PageOf, Param, Problem, Reply, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/customers", ReadCustomers, "list_customers", "Customers, searched, filtered and sorted", |c| {
            Box::pin(list(c))
        })
        .about("The same as the customer list on the screen, by the same parameters: what is in its address can be used here.")
        .query(PARAMS)
        .lists::<ListedCustomer>(),
    ]
}

const fn param(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param { name, kind, about }
}

const QUICK: &[&str] = &["all", "active", "inactive", "vip", "new", "wholesale", "at_risk", "one_time"];
const SORTS: &[&str] = &[
    "name",
    "-name",
    "email",
    "-email",
    "orders",
    "-orders",
    "spent",
    "-spent",
    "aov",
    "-aov",
    "last_order",
    "-last_order",
    "registered",
    "-registered",
    "status",
    "-status",
    "group",
    "-group",
    "tags",
    "-tags",
    "location",
    "-location",
    "credit",
    "-credit",
    "points",
    "-points",
];
const YES_NO: &[&str] = &["yes", "no"];

const PARAMS: &[Param] = &[
    param("q", Kind::Text, "Found in names, email, phone, account number and tags; order numbers by their beginning"),
    param("quick", Kind::Choice(QUICK), "One of the quick filters"),
    param("rule", Kind::Text, "A rule of the rule language that must hold as well, such as `any order (total > 100)`"),
    param("spent_min", Kind::Amount, "Total spent, in the base currency, at least"),
    param("spent_max", Kind::Amount, "Total spent at most"),
    param("orders_min", Kind::Integer, "Completed orders at least"),
    param("orders_max", Kind::Integer, "Completed orders at most"),
    param("last_order", Kind::Choice(&["never"]), "`never`: who never ordered"),
    param("last_order_from", Kind::Day, "Ordered last on this day or later"),
    param("last_order_to", Kind::Day, "Ordered last on this day or earlier"),
    param("last_order_within", Kind::Integer, "Ordered in the last so many days"),
    param("last_order_not_within", Kind::Integer, "Did not order in the last so many days"),
    param("registered_from", Kind::Day, "Registered on this day or later"),
    param("registered_to", Kind::Day, "Registered on this day or earlier"),
    param("registered_within", Kind::Integer, "Registered in the last so many days"),
    param("group", Kind::Ids, "Members of any of these groups"),
    param("country", Kind::Texts, "ISO codes"),
    param("region", Kind::Text, "May be given several times"),
    param("city", Kind::Text, "May be given several times"),
    param("tags_any", Kind::Ids, "With any of these tags"),
    param("tags_all", Kind::Ids, "With all of these tags"),
    param("tags_none", Kind::Ids, "With none of these tags"),
    param("status", Kind::Choice(&["active", "blocked"]), "Whether the account may be used"),
    param("activity", Kind::Choice(&["active", "inactive"]), "Whether they ordered lately"),
    param("email_consent", Kind::Choice(YES_NO), "Whether they agreed to advertising by email"),
    param("sms_consent", Kind::Choice(YES_NO), "Whether they agreed to advertising by SMS"),
    param("branch", Kind::Ids, "Of any of these branches"),
    param("segment", Kind::Text, "In this segment, by its `key`: a built-in one or one of the shop's own"),
    param("sort", Kind::Choice(SORTS), "With a minus the other way round; `-last_order` where it is left out"),
    param("per", Kind::Choice(&["25", "50", "100"]), "Customers on a page; 50 where it is left out"),
    param("at", Kind::Text, "A place in the list: follow `next` and `previous`"),
];

/// A customer in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedCustomer {
    pub id: i64,
    /// The person, else the company, else the email.
    pub name: String,
    pub email: String,
    pub blocked: bool,
    /// Ordered lately, as the shop's settings have it.
    pub active: bool,
    /// Completed orders.
    pub orders: i64,
    pub spent: Amount,
    /// Null without orders.
    pub average_order: Option<Amount>,
    #[schema(format = DateTime)]
    pub last_order_at: Option<String>,
    #[schema(format = DateTime)]
    pub registered_at: Option<String>,
    /// The name of the group whose prices hold.
    pub pricing_group: String,
    pub tags: Vec<String>,
    /// Of the default shipping address; empty where there is none.
    pub city: String,
    pub country: String,
    pub store_credit: Amount,
    pub points: i64,
}

impl From<ListRow> for ListedCustomer {
    fn from(row: ListRow) -> Self {
        let CustomerId(id) = row.id;
        Self {
            id,
            name: row.display_name().to_owned(),
            email: row.email,
            blocked: row.blocked,
            active: row.active,
            orders: row.orders_count,
            spent: row.spent.into(),
            average_order: row.aov.map(Amount::from),
            last_order_at: row.last_order.and_then(|moment| rfc3339(moment.at)),
            registered_at: rfc3339(row.registered.at),
            pricing_group: row.group,
            tags: row.tags.into_iter().map(|tag| tag.name).collect(),
            city: row.place,
            country: row.country,
            store_credit: row.credit.into(),
            points: row.points,
        }
    }
}

async fn list(call: &Call) -> Answer {
    let (state, fallbacks) = ListState::parse(call.query());
    if let Some(key) = state.filters.segment.as_ref()
        && !store::is_segment(&call.state.db, key).await?
    {
        let fallback = Fallback::new("segment", key.code(), "list.fallback.choice");
        return Err(Problem::parameter("segment", fallback.text(call.lang)));
    }
    let answer = service::answer(&call.state, None, &state).await?;
    // On the screen what does not read is left out and named; a program must not be given everybody.
    if let Some(fallback) = fallbacks.iter().chain(&answer.fallbacks).next() {
        return Err(Problem::parameter(&fallback.param, fallback.text(call.lang)));
    }
    let link =
        |position: Option<String>| position.map(|at| call.link(&ListState { position: Some(at), ..state.clone() }.to_query()));
    Reply::ok(&PageOf {
        total: Some(answer.total),
        next: link(answer.next),
        previous: link(answer.previous),
        items: answer.rows.into_iter().map(ListedCustomer::from).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::query::pairs;
    use crate::customers::list::{QuickFilter, SortColumn};

    #[test]
    fn the_parameters_are_those_of_the_screen() {
        assert_eq!(QuickFilter::ALL.map(QuickFilter::code), QUICK);
        let sorts: Vec<String> =
            SortColumn::ALL.iter().flat_map(|sort| [sort.code().to_owned(), format!("-{}", sort.code())]).collect();
        assert_eq!(sorts, SORTS);
        let query = "q=a&quick=vip&rule=blocked&spent_min=1&spent_max=2&orders_min=1&orders_max=2&last_order=never&last_order_from=2026-01-01\
            &last_order_to=2026-01-02&last_order_within=1&last_order_not_within=2&registered_from=2026-01-01\
            &registered_to=2026-01-02&registered_within=1&group=1&country=PL&region=a&city=b&tags_any=1&tags_all=2&tags_none=3\
            &status=blocked&activity=active&email_consent=yes&sms_consent=no&branch=1&segment=new&sort=name&per=25&at=x";
        let (state, fallbacks) = ListState::parse(query);
        assert!(fallbacks.is_empty(), "{fallbacks:?}");
        let named: Vec<String> = pairs(query).into_iter().map(|(name, _)| name).collect();
        assert_eq!(named, PARAMS.iter().map(|param| param.name).collect::<Vec<_>>());
        let written: Vec<String> = pairs(&state.to_query()).into_iter().map(|(name, _)| name).collect();
        assert!(written.iter().all(|name| named.contains(name)), "{written:?}");
    }
}
