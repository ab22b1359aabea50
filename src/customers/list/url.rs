//! The customer list's state as a URL query and back.
//!
//! Reading never fails: what cannot be read falls back to its default, field by field, and is reported. Writing is canonical:
//! a fixed order, defaults left out. Forms may send what they like: empty values are absent, sets may be repeated or divided
//! by commas, unknown parameters are ignored.

use super::columns::{column_codes, parse_columns};
use super::filter::{AccountStatus, Activity, Amount, Filters, ListState, PageSize};
use super::model::{QuickFilter, Sort};
use super::segments::SegmentKey;
use crate::base::Day;
use crate::base::i18n::Lang;
use crate::base::query::{QueryWriter, pairs};
use crate::base::text::truncate;
use crate::rules::MAX_VALUES;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

/// Longer than any field that is searched, in characters.
pub const MAX_SEARCH: usize = 500;
/// Longer than any region or city, in characters.
const MAX_PLACE: usize = 200;
/// Longer than any position that the server seals, in bytes: a name and a company of the longest kind, in base 64.
const MAX_POSITION: usize = 4_096;

/// Something in a URL that could not be read and was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    pub param: String,
    /// What was there, shortened.
    pub value: String,
    /// The key of the sentence that says so, with the placeholders `{param}` and `{value}`.
    pub message_key: String,
}

impl Fallback {
    #[must_use]
    pub fn new(param: &str, value: &str, message_key: &str) -> Self {
        let value = truncate(value, 60).to_owned();
        Self { param: param.to_owned(), value, message_key: message_key.to_owned() }
    }

    /// The sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        lang.with(&self.message_key, &[("param", &self.param), ("value", &self.value)])
    }
}

impl ListState {
    /// Reads a query, with or without its question mark; reports what could not be read.
    #[must_use]
    pub fn parse(query: &str) -> (Self, Vec<Fallback>) {
        let mut reader = Reader { pairs: pairs(query), fallbacks: Vec::new() };
        let state = Self {
            search: reader.search(),
            quick: reader.one("quick", "list.fallback.choice", QuickFilter::parse).unwrap_or_default(),
            filters: reader.filters(),
            rule: reader.value("rule").unwrap_or_default(),
            sort: reader.one("sort", "list.fallback.choice", Sort::parse).unwrap_or_default(),
            columns: reader.columns(),
            page_size: reader.one("per", "list.fallback.choice", page_size).unwrap_or_default(),
            position: reader.one("at", "list.fallback.position", position),
        };
        (state, reader.fallbacks)
    }

    /// The query of this state, without a question mark; empty for the list as it opens.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut writer = QueryWriter::default();
        put(&mut writer, "q", Some(&self.search).filter(|search| !search.is_empty()));
        put(&mut writer, "quick", Some(self.quick).filter(|quick| *quick != QuickFilter::default()).map(QuickFilter::code));
        self.filters.write(&mut writer);
        put(&mut writer, "rule", Some(&self.rule).filter(|rule| !rule.is_empty()));
        put(&mut writer, "sort", Some(self.sort).filter(|sort| *sort != Sort::default()).map(Sort::code));
        put(&mut writer, "cols", self.columns.as_deref().map(column_codes));
        put(&mut writer, "per", Some(self.page_size).filter(|size| *size != PageSize::default()).map(PageSize::rows));
        put(&mut writer, "at", self.position.as_ref());
        writer.finish()
    }
}

impl Filters {
    fn write(&self, writer: &mut QueryWriter) {
        put(writer, "spent_min", self.spent_min);
        put(writer, "spent_max", self.spent_max);
        put(writer, "orders_min", self.orders_min);
        put(writer, "orders_max", self.orders_max);
        put(writer, "last_order", self.never_ordered.then_some("never"));
        put(writer, "last_order_from", self.last_order_from.map(Day::iso));
        put(writer, "last_order_to", self.last_order_to.map(Day::iso));
        put(writer, "last_order_within", self.last_order_within);
        put(writer, "last_order_not_within", self.last_order_not_within);
        put(writer, "registered_from", self.registered_from.map(Day::iso));
        put(writer, "registered_to", self.registered_to.map(Day::iso));
        put(writer, "registered_within", self.registered_within);
        put_set(writer, "group", &self.groups);
        put_set(writer, "country", &self.countries);
        // Names of places may hold commas.
        self.regions.iter().for_each(|region| writer.push("region", region));
        self.cities.iter().for_each(|city| writer.push("city", city));
        put_set(writer, "tags_any", &self.tags_any);
        put_set(writer, "tags_all", &self.tags_all);
        put_set(writer, "tags_none", &self.tags_none);
        put(writer, "status", self.status.map(AccountStatus::code));
        put(writer, "activity", self.activity.map(Activity::code));
        put(writer, "email_consent", self.email_consent.map(yes_or_no));
        put(writer, "sms_consent", self.sms_consent.map(yes_or_no));
        put_set(writer, "branch", &self.branches);
        put(writer, "segment", self.segment.as_ref().map(SegmentKey::code));
    }
}

fn put(writer: &mut QueryWriter, param: &'static str, value: Option<impl Display>) {
    if let Some(value) = value {
        writer.push(param, &value.to_string());
    }
}

fn put_set(writer: &mut QueryWriter, param: &'static str, values: &BTreeSet<impl Display>) {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    put(writer, param, Some(values.join(",")).filter(|list| !list.is_empty()));
}

/// The pairs of a query, and what of them could not be read.
struct Reader {
    pairs: Vec<(String, String)>,
    fallbacks: Vec<Fallback>,
}

impl Reader {
    /// The first value of a parameter that says something.
    fn value(&self, param: &str) -> Option<String> {
        self.pairs
            .iter()
            .find(|(name, value)| name == param && !value.trim().is_empty())
            .map(|(_, value)| value.trim().to_owned())
    }

    fn one<T>(&mut self, param: &str, message_key: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = self.value(param)?;
        let read = read(&value);
        if read.is_none() {
            self.report(param, &value, message_key);
        }
        read
    }

    fn number<T: FromStr>(&mut self, param: &str) -> Option<T> {
        self.one(param, "list.fallback.number", |value| value.parse().ok())
    }

    fn day(&mut self, param: &str) -> Option<Day> {
        self.one(param, "list.fallback.day", Day::parse)
    }

    fn amount(&mut self, param: &str) -> Option<Amount> {
        self.one(param, "list.fallback.amount", Amount::parse)
    }

    /// Every value of a repeated parameter; each is divided at its commas where `divided` says so.
    fn set<T: Ord>(&mut self, param: &str, divided: bool, read: impl Fn(&str) -> Option<T>) -> BTreeSet<T> {
        let mut set = BTreeSet::new();
        let values: Vec<String> = self.pairs.iter().filter(|(name, _)| name == param).map(|(_, value)| value.clone()).collect();
        for value in
            values.iter().flat_map(|value| value.split(move |c| divided && c == ',')).map(str::trim).filter(|v| !v.is_empty())
        {
            match read(value) {
                Some(_) if set.len() == MAX_VALUES => {
                    self.report(param, value, "list.fallback.too_many");
                    break;
                }
                Some(item) => {
                    set.insert(item);
                }
                None => self.report(param, value, "list.fallback.choice"),
            }
        }
        set
    }

    fn ids<T: From<i64> + Ord>(&mut self, param: &str) -> BTreeSet<T> {
        self.set(param, true, |value| value.parse::<i64>().ok().filter(|id| *id > 0).map(T::from))
    }

    /// What was typed, as it was typed; only what is longer than anything that could be found is cut.
    fn search(&mut self) -> String {
        let typed = self.pairs.iter().find(|(name, _)| name == "q").map(|(_, value)| value.clone()).unwrap_or_default();
        let kept = truncate(&typed, MAX_SEARCH);
        if kept.len() < typed.len() {
            self.report("q", &typed, "list.fallback.too_long");
        }
        kept.to_owned()
    }

    fn columns(&mut self) -> Option<Vec<super::columns::Column>> {
        let value = self.value("cols")?;
        let (columns, unknown) = parse_columns(&value);
        unknown.iter().for_each(|word| self.report("cols", word, "list.fallback.choice"));
        columns
    }

    fn filters(&mut self) -> Filters {
        let mut filters = Filters {
            spent_min: self.amount("spent_min"),
            spent_max: self.amount("spent_max"),
            orders_min: self.number("orders_min"),
            orders_max: self.number("orders_max"),
            last_order_from: self.day("last_order_from"),
            last_order_to: self.day("last_order_to"),
            last_order_within: self.number("last_order_within"),
            last_order_not_within: self.number("last_order_not_within"),
            never_ordered: self.one("last_order", "list.fallback.choice", |v| (v == "never").then_some(())).is_some(),
            registered_from: self.day("registered_from"),
            registered_to: self.day("registered_to"),
            registered_within: self.number("registered_within"),
            groups: self.ids("group"),
            countries: self.set("country", true, country),
            regions: self.set("region", false, place),
            cities: self.set("city", false, place),
            tags_any: self.ids("tags_any"),
            tags_all: self.ids("tags_all"),
            tags_none: self.ids("tags_none"),
            status: self.one("status", "list.fallback.choice", AccountStatus::parse),
            activity: self.one("activity", "list.fallback.choice", Activity::parse),
            email_consent: self.one("email_consent", "list.fallback.choice", parse_yes_or_no),
            sms_consent: self.one("sms_consent", "list.fallback.choice", parse_yes_or_no),
            branches: self.ids("branch"),
            segment: self.one("segment", "list.fallback.choice", SegmentKey::parse),
        };
        self.drop_if_below("spent_max", filters.spent_min, &mut filters.spent_max);
        self.drop_if_below("orders_max", filters.orders_min, &mut filters.orders_max);
        self.drop_if_below("last_order_to", filters.last_order_from, &mut filters.last_order_to);
        self.drop_if_below("registered_to", filters.registered_from, &mut filters.registered_to);
        filters
    }

    /// A range that ends before it begins is a slip, not a wish for nobody: its end is left out.
    fn drop_if_below<T: PartialOrd>(&mut self, param: &str, min: Option<T>, max: &mut Option<T>) {
        if min.is_some() && max.is_some() && *max < min {
            *max = None;
            let value = self.value(param).unwrap_or_default();
            self.report(param, &value, "list.fallback.range");
        }
    }

    fn report(&mut self, param: &str, value: &str, message_key: &str) {
        self.fallbacks.push(Fallback::new(param, value, message_key));
    }
}

fn page_size(value: &str) -> Option<PageSize> {
    value.parse().ok().and_then(PageSize::from_rows)
}

fn position(value: &str) -> Option<String> {
    (value.len() <= MAX_POSITION).then(|| value.to_owned())
}

fn country(value: &str) -> Option<String> {
    (value.len() == 2 && value.bytes().all(|b| b.is_ascii_alphabetic())).then(|| value.to_ascii_uppercase())
}

fn place(value: &str) -> Option<String> {
    (truncate(value, MAX_PLACE).len() == value.len()).then(|| value.to_owned())
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn parse_yes_or_no(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

impl AccountStatus {
    pub const ALL: [Self; 2] = [Self::Active, Self::Blocked];

    /// The name in URLs and in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

impl Activity {
    pub const ALL: [Self; 2] = [Self::Active, Self::Inactive];

    /// The name in URLs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|activity| activity.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{BranchId, GroupId, TagId};
    use crate::customers::list::columns::Column;
    use crate::customers::list::model::SortColumn;
    use proptest::collection::{btree_set, vec};
    use proptest::option::of;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn range<T: Ord + Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = (Option<T>, Option<T>)> {
        let ends = std::sync::Arc::new(value);
        (of(ends.clone()), of(ends)).prop_map(|(a, b)| match (a, b) {
            (Some(a), Some(b)) if b < a => (Some(b), Some(a)),
            ends => ends,
        })
    }

    fn ids<T: From<i64> + Ord + std::fmt::Debug>() -> impl Strategy<Value = BTreeSet<T>> {
        btree_set((1..=i64::MAX).prop_map(T::from), 0..4)
    }

    fn places() -> impl Strategy<Value = BTreeSet<String>> {
        btree_set("[^ ]|[^ ]\\PC{0,20}[^ ]".prop_filter("trimmed", |place| place.trim() == place && !place.is_empty()), 0..3)
    }

    prop_compose! {
        fn amounts_and_days()(
            spent in range((-9_000_000_000_000_i64..9_000_000_000_000).prop_map(|n| Amount::parse(&format!("{}.{:03}", n / 1_000, (n % 1_000).abs())).unwrap())),
            orders in range(any::<u32>()),
            last_order in range((-20_000..80_000).prop_map(Day)),
            registered in range((-20_000..80_000).prop_map(Day)),
            within in [of(any::<u16>()), of(any::<u16>()), of(any::<u16>())],
            never_ordered: bool,
        ) -> Filters {
            Filters {
                spent_min: spent.0, spent_max: spent.1, orders_min: orders.0, orders_max: orders.1,
                last_order_from: last_order.0, last_order_to: last_order.1,
                last_order_within: within[0], last_order_not_within: within[1], never_ordered,
                registered_from: registered.0, registered_to: registered.1, registered_within: within[2],
                ..Filters::default()
            }
        }
    }

    prop_compose! {
        fn filters()(
            ranges in amounts_and_days(),
            groups in ids::<GroupId>(), branches in ids::<BranchId>(), tags in [ids::<TagId>(), ids(), ids()],
            countries in btree_set("[A-Z]{2}", 0..3), regions in places(), cities in places(),
            status in of(select(&AccountStatus::ALL)), activity in of(select(&Activity::ALL)),
            email_consent: Option<bool>, sms_consent: Option<bool>, segment in of("[a-z0-9_]{1,12}"),
        ) -> Filters {
            let [tags_any, tags_all, tags_none] = tags;
            Filters {
                groups, branches, tags_any, tags_all, tags_none, countries, regions, cities,
                status, activity, email_consent, sms_consent, segment: segment.and_then(|key| SegmentKey::parse(&key)), ..ranges
            }
        }
    }

    prop_compose! {
        pub(in crate::customers::list) fn states()(
            search in "\\PC{0,30}|[ %_'\"\\\\\u{0}+&=#]{0,9}", quick in select(&QuickFilter::ALL), filters in filters(), sort in sorts(),
            rule in "|[^ ]|orders > [0-9]{1,3}", columns in of(vec(select(&Column::ALL), 0..6)), page_size in select(&PageSize::ALL), position in of("[A-Za-z0-9_=-]{1,80}"),
        ) -> ListState {
            let columns = columns.and_then(|columns| parse_columns(&column_codes(&columns)).0);
            ListState { search, quick, filters, rule: rule.trim().to_owned(), sort, columns, page_size, position }
        }
    }

    fn sorts() -> impl Strategy<Value = Sort> {
        (select(&SortColumn::ALL), any::<bool>()).prop_map(|(column, descending)| Sort { column, descending })
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read(state in states()) {
            let query = state.to_query();
            prop_assert!(query.is_ascii());
            prop_assert_eq!(ListState::parse(&query), (state.clone(), std::vec::Vec::new()));
            prop_assert_eq!(ListState::parse(&format!("?{query}&utm_source=x")).0, state);
        }

        #[test]
        fn anything_is_read_as_something_that_can_be_written(query in "([a-z_]{1,12}=\\PC{0,12}&?){0,6}|\\PC{0,60}") {
            let (state, _) = ListState::parse(&query);
            prop_assert_eq!(ListState::parse(&state.to_query()), (state, std::vec::Vec::new()));
        }
    }

    fn reported(query: &str) -> (ListState, Vec<String>) {
        let (state, fallbacks) = ListState::parse(query);
        (state, fallbacks.into_iter().map(|f| format!("{} {} {}", f.param, f.value, f.message_key)).collect())
    }

    #[test]
    fn the_list_as_it_opens_has_no_query() {
        assert_eq!(ListState::default().to_query(), "");
        assert_eq!(ListState::parse(""), (ListState::default(), vec![]));
    }

    #[test]
    fn a_form_may_send_empty_and_repeated_values() {
        let (state, reports) = reported("q=&spent_min=&group=2&group=1,2&group=&region=a%2Cb&country=de&orders_min=+3&unknown=1");
        assert!(reports.is_empty(), "{reports:?}");
        assert_eq!(state.to_query(), "orders_min=3&group=1,2&country=DE&region=a,b");
    }

    #[test]
    fn each_field_falls_back_by_itself_and_says_so() {
        let (state, reports) = reported(
            "q=ann&quick=vips&spent_min=1e5&orders_min=-1&last_order_from=2026-02-30&last_order_within=70000&group=1,x\
             &country=DEU&status=gone&email_consent=perhaps&cols=email,shoe&per=1000&segment=new",
        );
        assert_eq!(state.to_query(), "q=ann&group=1&segment=new&cols=name,email");
        assert_eq!(
            reports,
            [
                "quick vips list.fallback.choice",
                "spent_min 1e5 list.fallback.amount",
                "orders_min -1 list.fallback.number",
                "last_order_from 2026-02-30 list.fallback.day",
                "last_order_within 70000 list.fallback.number",
                "group x list.fallback.choice",
                "country DEU list.fallback.choice",
                "status gone list.fallback.choice",
                "email_consent perhaps list.fallback.choice",
                "cols shoe list.fallback.choice",
                "per 1000 list.fallback.choice",
            ]
        );
    }

    #[test]
    fn a_range_that_ends_before_it_begins_keeps_its_beginning() {
        let (state, reports) = reported("spent_min=10&spent_max=9.99&registered_from=2026-02-01&registered_to=2026-01-01");
        assert_eq!(state.to_query(), "spent_min=10&registered_from=2026-02-01");
        assert_eq!(reports.len(), 2);
        assert!(reported("spent_min=10&spent_max=10.00").1.is_empty());
    }

    #[test]
    fn what_is_too_long_is_cut() {
        let (state, reports) = reported(&format!("q={}&at={}", "ä".repeat(501), "x".repeat(4_097)));
        assert_eq!(state.search, "ä".repeat(500));
        assert_eq!(state.position, None);
        assert_eq!(reports.len(), 2);
        assert!(reports.iter().all(|report| report.chars().count() < 120));
    }
}
