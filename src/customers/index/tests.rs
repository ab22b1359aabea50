//! The index answers as the plainest reading of the same question does: filter, sort and cut a list of entries.

use super::domains::Domains;
use super::text::Record;
use super::*;
use crate::customers::list::{NO_TAG, SortKey};
use crate::rules::facts::matches;
use crate::rules::{DayBound, DayField, FlagField, NumberField, Quantifier, SetField, TextField};
use proptest::prelude::*;
use std::cmp::Ordering;
use std::collections::BTreeMap;

const TODAY: Day = Day(20_000);

#[derive(Default)]
struct Model {
    entries: BTreeMap<i64, Entry>,
    quick: Vec<(QuickFilter, Rule)>,
    tags: Vec<(TagId, String)>,
    groups: Vec<(GroupId, String)>,
}

impl Model {
    fn answer(&self, request: &Request) -> Answer {
        let base: Vec<&Entry> = self.entries.values().filter(|entry| self.is_found(entry, request)).collect();
        let left = |quick: QuickFilter| base.iter().copied().filter(|entry| self.is_left_by(quick, entry)).collect::<Vec<_>>();
        let mut rows = left(request.quick);
        rows.sort_by(|a, b| self.compare(request, self.place(request, a), self.place(request, b)));
        let (from, to) = self.stretch(request, &rows);
        let page = &rows[from..to];
        let cursor = |entry: &&Entry| {
            let (pinned, key) = self.place(request, entry);
            Cursor { key: if pinned.is_some() { SortKey::Pinned } else { key.0 }, id: entry.id }
        };
        Answer {
            ids: page.iter().map(|entry| entry.id).collect(),
            total: rows.len() as u64,
            facets: Facets::new(|quick| left(quick).len() as u64),
            start: page.first().map(cursor),
            end: page.last().map(cursor),
            has_previous: from > 0,
            has_next: to < rows.len(),
        }
    }

    fn is_found(&self, entry: &Entry, request: &Request) -> bool {
        let visible = request.scope.as_ref().is_none_or(|scope| entry.facts.branch.is_some_and(|b| scope.contains(&b)));
        let search = Search::parse(&request.search);
        let fields = [&entry.name_key, &entry.email_key, &entry.phone_key, &entry.account_key];
        let has = |text: &String| fields.iter().any(|field| field.contains(text.as_str()));
        let tagged =
            |text: &String| self.tags.iter().any(|(tag, name)| name.contains(text.as_str()) && entry.facts.tags.contains(tag));
        let found = search.terms().iter().all(|term| has(term) || tagged(term))
            || search.phones().iter().any(has)
            || request.order_hits.contains(&entry.id)
            || request.pinned.contains(&entry.id);
        visible && found && matches(&request.rule, &entry.facts, TODAY)
    }

    fn is_left_by(&self, quick: QuickFilter, entry: &Entry) -> bool {
        quick == QuickFilter::All || self.quick.iter().any(|(q, rule)| *q == quick && matches(rule, &entry.facts, TODAY))
    }

    /// Pinned customers before the others, in their order; then by key, then by id.
    fn place(&self, request: &Request, entry: &Entry) -> (Option<usize>, (SortKey, i64)) {
        let pinned = request.pinned.iter().position(|id| *id == entry.id);
        (pinned, (self.key(request.sort, entry), entry.id.0))
    }

    fn compare(&self, request: &Request, a: (Option<usize>, (SortKey, i64)), b: (Option<usize>, (SortKey, i64))) -> Ordering {
        let number = |pinned: Option<usize>| pinned.unwrap_or(usize::MAX);
        number(a.0).cmp(&number(b.0)).then_with(|| {
            if a.0.is_some() {
                return Ordering::Equal;
            }
            let order = compare_keys(&a.1.0, &b.1.0).then(a.1.1.cmp(&b.1.1));
            if request.descending { order.reverse() } else { order }
        })
    }

    fn key(&self, column: SortColumn, entry: &Entry) -> SortKey {
        let facts = &entry.facts;
        let group = self.groups.iter().find(|(id, _)| *id == entry.pricing_group).map(|(_, name)| name.clone());
        match column {
            SortColumn::Name => SortKey::Text(entry.name_key.clone()),
            SortColumn::Email => SortKey::Text(entry.email_key.clone()),
            SortColumn::Orders => SortKey::Number(facts.orders_count),
            SortColumn::Spent => SortKey::Number(facts.spent_minor),
            SortColumn::Aov => SortKey::Number(facts.aov_minor),
            SortColumn::LastOrder => SortKey::Number(entry.last_order_at.0),
            SortColumn::Registered => SortKey::Number(entry.registered_at.0),
            SortColumn::Status if facts.blocked => SortKey::Number(0),
            SortColumn::Status => SortKey::Number(if self.is_left_by(QuickFilter::Active, entry) { 1 } else { 2 }),
            SortColumn::Group => SortKey::Text(group.unwrap_or_default()),
            SortColumn::Tags => {
                let names = self.tags.iter().filter(|(id, _)| facts.tags.contains(id)).map(|(_, name)| name.clone());
                SortKey::Text(names.min().unwrap_or_else(|| NO_TAG.to_owned()))
            }
            SortColumn::Location => SortKey::Text(entry.location_key.clone()),
            SortColumn::Credit => SortKey::Number(facts.credit_minor),
            SortColumn::Points => SortKey::Number(facts.points),
        }
    }

    fn stretch(&self, request: &Request, rows: &[&Entry]) -> (usize, usize) {
        let (limit, end) = (request.limit, rows.len());
        let place = |cursor: &Cursor| {
            let pinned = || rows.iter().filter(|row| request.pinned.contains(&row.id)).count();
            let at = request.pinned.iter().position(|id| *id == cursor.id).filter(|_| cursor.key == SortKey::Pinned);
            match (&cursor.key, at.filter(|_| rows.iter().any(|row| row.id == cursor.id))) {
                (SortKey::Pinned, None) => (pinned(), pinned()),
                (SortKey::Pinned, Some(_)) => {
                    let at = rows.iter().position(|row| row.id == cursor.id).unwrap();
                    (at, at + 1)
                }
                (key, _) => {
                    let target = (None, (key.clone(), cursor.id.0));
                    let order = |row: &&&Entry| self.compare(request, self.place(request, row), target.clone());
                    let before = rows.iter().filter(|row| order(row) == Ordering::Less).count();
                    let same = rows.iter().filter(|row| order(row) == Ordering::Equal).count();
                    (before, before + same)
                }
            }
        };
        match &request.page {
            PageRequest::First => (0, limit.min(end)),
            PageRequest::Last => (end.saturating_sub(limit), end),
            PageRequest::After(cursor) => {
                let from = place(cursor).1;
                (from, (from + limit).min(end))
            }
            PageRequest::Before(cursor) => {
                let to = place(cursor).0;
                (to.saturating_sub(limit), to)
            }
        }
    }
}

fn compare_keys(a: &SortKey, b: &SortKey) -> Ordering {
    match (a, b) {
        (SortKey::Number(a), SortKey::Number(b)) => a.cmp(b),
        (SortKey::Text(a), SortKey::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        _ => unreachable!(),
    }
}

const WORDS: [&str; 16] =
    ["", "mei", "anna", "ann", "an", "王伟", "王", "o'neil", "100%", "a_b", "\"q\"", "🙂", "שלום", "strasse", "x-1", "1712"];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(&WORDS[..]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 0..3).prop_map(|words| words.join(" ").trim().to_owned())
}

fn email() -> impl Strategy<Value = String> {
    let domain = prop::sample::select(&["a.example", "an.example", "mei.example", "王.example", "", "ann"][..]);
    prop_oneof![
        1 => text(),
        3 => (word(), domain).prop_map(|(local, domain)| format!("{local}@{domain}")),
        1 => word().prop_map(|local| format!("{local}@anna@a.example")),
    ]
}

/// Ids at the edges of words, blocks and segments.
fn id() -> impl Strategy<Value = i64> {
    prop_oneof![1_i64..24, 60_i64..68, 250_i64..260, 16_380_i64..16_390, 33_000_i64..33_004]
}

prop_compose! {
    fn facts()(
        numbers in prop::collection::vec(prop_oneof![Just(0_i64), -3_i64..4, 0_i64..100_000, any::<i64>()], 6),
        days in (19_900_i32..20_001, prop::option::of(19_890_i32..20_001), prop::option::of(19_890_i32..20_001)),
        flags in prop::array::uniform4(any::<bool>()),
        place in (prop::sample::select(&["", "DE", "US", "CN"][..]), word(), word()),
        source in prop::sample::select(&["staff", "api"][..]),
        branch in prop::option::of(1_i64..4),
        tags in prop::collection::hash_set(1_i64..5, 0..3),
        groups in prop::collection::hash_set(1_i64..4, 0..3),
    ) -> CustomerFacts {
        CustomerFacts {
            orders_count: numbers[0], spent_minor: numbers[1], aov_minor: numbers[2],
            credit_minor: numbers[3], points: numbers[4], visits_count: numbers[5],
            registered: Day(days.0), first_order: days.1.map(Day), last_order: days.2.map(Day),
            blocked: flags[0], email_confirmed: flags[1], marketing_email: flags[2], marketing_sms: flags[3],
            country: place.0.to_owned(), region_key: place.1, city_key: place.2,
            source: source.to_owned(), branch: branch.map(BranchId),
            tags: tags.into_iter().map(TagId).collect(), groups: groups.into_iter().map(GroupId).collect(),
            more: None,
        }
    }
}

prop_compose! {
    fn entry()(
        id in id(), name_key in text(), email_key in email(), phone_key in "[0-9]{0,5}", account_key in word(),
        location_key in word(), group in 1_i64..5, at in (0_i64..4, any::<bool>()), last in 0_i64..4, facts in facts(),
    ) -> Entry {
        Entry {
            id: CustomerId(id), name_key, email_key, phone_key, account_key, location_key, pricing_group: GroupId(group),
            registered_at: Timestamp(at.0 * 1_000_000 + i64::from(at.1)), last_order_at: Timestamp(last * 1_000_000), facts,
        }
    }
}

fn condition() -> impl Strategy<Value = Rule> {
    let number = prop::sample::select(
        &[
            NumberField::OrdersCount,
            NumberField::TotalSpent,
            NumberField::AverageOrderValue,
            NumberField::StoreCredit,
            NumberField::Points,
            NumberField::Visits,
        ][..],
    );
    let bound = || prop::option::of(prop_oneof![-3_i64..4, 0_i64..100_000]);
    let day = || prop::sample::select(&[DayField::Registered, DayField::FirstOrder, DayField::LastOrder][..]);
    let day_bound = || {
        prop::option::of(prop_oneof![
            (19_880_i32..20_001).prop_map(|day| DayBound::On(Day(day))),
            Just(DayBound::On(Day(-1))),
            (0_u16..120).prop_map(DayBound::days_ago),
        ])
    };
    let flag = prop::sample::select(
        &[FlagField::Blocked, FlagField::EmailConfirmed, FlagField::MarketingEmail, FlagField::MarketingSms][..],
    );
    let field = prop::sample::select(&[TextField::Country, TextField::Region, TextField::City, TextField::Source][..]);
    let quantifier = || prop::sample::select(&[Quantifier::Any, Quantifier::All, Quantifier::None][..]);
    let set = prop::sample::select(&[SetField::Tag, SetField::Group, SetField::Branch][..]);
    let value = prop_oneof![Just("de".to_owned()), Just("Staff".to_owned()), word()];
    prop_oneof![
        (number, bound(), bound()).prop_map(|(field, min, max)| Rule::number(field, min, max)),
        (day(), day_bound(), day_bound()).prop_map(|(field, from, to)| Rule::day(field, from, to)),
        day().prop_map(Rule::never),
        (flag, any::<bool>()).prop_map(|(field, is)| Rule::flag(field, is)),
        (field, prop::collection::vec(value, 0..3)).prop_map(|(field, one_of)| Rule::one_of(field, one_of)),
        (set, quantifier(), prop::collection::vec(1_i64..6, 0..3))
            .prop_map(|(field, quantifier, ids)| Rule::has(field, quantifier, ids)),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let leaf = prop_oneof![2 => Just(Rule::everyone()), 1 => Just(Rule::Any(Vec::new())), 6 => condition()];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Rule::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Rule::Any),
            inner.prop_map(|rule| !rule),
        ]
    })
}

fn search() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        2 => text(),
        2 => prop::sample::select(&["a", "n", "Ä", "王", "%", "_", "'", "\"", "🙂", "ש", "e i", "0171", "00 171", "+1 71", "vip", "zzz", "\u{1f}", "@", "@a", "n@a", "n@an.ex", "ann@", "exam", "a@anna@a.", ".example", "mei@mei.example"][..])
            .prop_map(str::to_owned),
    ]
}

prop_compose! {
    fn request()(
        scope in prop::option::weighted(0.2, prop::collection::vec((1_i64..4).prop_map(BranchId), 0..3)),
        search in search(),
        order_hits in prop::collection::vec(id().prop_map(CustomerId), 0..3),
        pinned in prop::collection::btree_set(id(), 0..3),
        rule in prop_oneof![2 => Just(Rule::everyone()), 1 => rule()],
        quick in prop_oneof![2 => Just(QuickFilter::All), 1 => prop::sample::select(&QuickFilter::ALL[..])],
        sort in prop::sample::select(&SortColumn::ALL[..]),
        descending in any::<bool>(),
        limit in 0_usize..7,
    ) -> Request {
        let pinned = pinned.into_iter().map(CustomerId).collect();
        Request { scope, search, order_hits, pinned, rule, quick, sort, descending, page: PageRequest::First, limit }
    }
}

/// What becomes of customers in one batch.
fn batch() -> impl Strategy<Value = (Vec<Entry>, Vec<i64>)> {
    (prop::collection::vec(entry(), 0..12), prop::collection::vec(id(), 0..6))
}

fn apply(index: &mut CustomerIndex, model: &mut Model, (changed, gone): (Vec<Entry>, Vec<i64>)) {
    model.entries.extend(changed.iter().map(|entry| (entry.id.0, entry.clone())));
    model.entries.retain(|id, _| !gone.contains(id));
    index.apply(changed, gone.into_iter().map(CustomerId).collect());
}

fn named(quick: Vec<Rule>) -> (CustomerIndex, Model) {
    let quick: Vec<(QuickFilter, Rule)> = QuickFilter::ALL.into_iter().skip(1).zip(quick).collect();
    let tags: Vec<(TagId, String)> =
        [(1, "vip"), (2, "annual 王"), (3, "%"), (4, "gift buyer")].map(|(id, n)| (TagId(id), n.into())).into();
    let groups: Vec<(GroupId, String)> =
        [(1, "wholesale"), (2, "retail"), (3, "retail")].map(|(id, n)| (GroupId(id), n.into())).into();
    let mut index = CustomerIndex::new();
    index.set_quick(quick.clone(), TODAY);
    index.set_names(tags.clone(), groups.clone());
    (index, Model { quick, tags, groups, ..Model::default() })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn answers_as_the_model_while_rows_change(
        quick in prop::collection::vec(rule(), 7),
        first in prop::collection::vec(entry(), 0..60),
        requests in prop::collection::vec((request(), any::<bool>()), 1..6),
        batches in prop::collection::vec(batch(), 12),
        sorted in any::<bool>(),
    ) {
        let (mut index, mut model) = named(quick);
        apply(&mut index, &mut model, (first, Vec::new()));
        if sorted {
            index.sort();
        }
        let mut batches = batches.into_iter();
        for (mut request, forward) in requests {
            request.page = if forward { PageRequest::First } else { PageRequest::Last };
            loop {
                let answer = index.query(&request);
                prop_assert_eq!(&answer, &model.answer(&request), "{:?}", request);
                prop_assert_eq!(&index.query(&request), &answer);
                let all: Vec<CustomerId> = index.matching(&request);
                prop_assert_eq!(all.len() as u64, answer.total);
                match (if forward { answer.end } else { answer.start }, batches.next()) {
                    (Some(cursor), Some(batch)) => {
                        apply(&mut index, &mut model, batch);
                        request.page = if forward { PageRequest::After(cursor) } else { PageRequest::Before(cursor) };
                    }
                    _ => break,
                }
            }
        }
        prop_assert_eq!(index.count(), model.entries.len() as u64);
        for scope in [None, Some([BranchId(1), BranchId(2)])] {
            let counts = index.member_counts(scope.as_ref().map(|scope| scope.as_slice()));
            let is_in = |entry: &&Entry| scope.is_none_or(|scope| entry.facts.branch.is_some_and(|branch| scope.contains(&branch)));
            for id in 1..7 {
                let (tag, group) = (TagId(id), GroupId(id));
                let tagged = model.entries.values().filter(is_in).filter(|entry| entry.facts.tags.contains(&tag)).count() as u64;
                let members = model.entries.values().filter(is_in).filter(|entry| entry.facts.groups.contains(&group)).count() as u64;
                prop_assert_eq!(counts.tags.get(&tag).copied().unwrap_or_default(), tagged);
                prop_assert_eq!(counts.groups.get(&group).copied().unwrap_or_default(), members);
            }
        }
    }
}

fn plain(id: i64, name: &str) -> Entry {
    Entry {
        id: CustomerId(id),
        name_key: name.to_owned(),
        email_key: format!("c{id}@example.com"),
        phone_key: String::new(),
        account_key: String::new(),
        location_key: String::new(),
        pricing_group: GroupId(1),
        registered_at: Timestamp(id),
        last_order_at: Timestamp(0),
        facts: CustomerFacts { orders_count: id % 10, ..CustomerFacts::default() },
    }
}

/// Ten thousand customers, of whom every 97th is called Rare.
fn many() -> CustomerIndex {
    let mut index = CustomerIndex::new();
    index.apply((1..=10_000).map(|id| plain(id, if id % 97 == 0 { "rare one" } else { "common many" })).collect(), Vec::new());
    index.sort();
    index
}

#[test]
fn pages_lead_through_everything_and_back() {
    let mut index = many();
    for sort in SortColumn::ALL {
        for (search, total) in [("", 10_000), ("rare", 103), ("a", 10_000), ("@example.com", 10_000), ("zzz", 0)] {
            let mut request =
                Request { search: search.into(), sort, descending: sort.descends_first(), limit: 999, ..Request::default() };
            let (mut forward, mut backward) = (Vec::new(), Vec::new());
            for (ids, first) in [(&mut forward, PageRequest::First), (&mut backward, PageRequest::Last)] {
                request.page = first.clone();
                loop {
                    let answer = index.query(&request);
                    assert_eq!(answer.total, total);
                    let (cursor, more) = match first {
                        PageRequest::First => (answer.end.map(PageRequest::After), answer.has_next),
                        _ => (answer.start.map(PageRequest::Before), answer.has_previous),
                    };
                    match first {
                        PageRequest::First => ids.extend(answer.ids),
                        _ => ids.extend(answer.ids.into_iter().rev()),
                    }
                    match cursor.filter(|_| more) {
                        Some(cursor) => request.page = cursor,
                        None => break,
                    }
                }
            }
            backward.reverse();
            assert_eq!(forward.len() as u64, total);
            assert_eq!(forward, backward, "{sort:?} {search}");
        }
    }
    index.apply(Vec::new(), (1..=10_000).filter(|id| id % 2 == 0).map(CustomerId).collect());
    assert_eq!(index.query(&Request { search: "rare".into(), ..Request::default() }).total, 52);
}

#[test]
fn changed_texts_are_found_by_what_they_say_now() {
    let mut index = many();
    let hits = |index: &CustomerIndex, search: &str| index.query(&Request { search: search.into(), ..Request::default() }).total;
    for round in 0..100 {
        index.apply(vec![plain(5, &format!("round {round}"))], Vec::new());
        assert_eq!(hits(&index, &format!("round {round}")), 1);
        assert_eq!(hits(&index, "round"), 1);
    }
    assert_eq!(hits(&index, "round 98"), 0);
}

#[test]
fn an_order_keeps_up_with_changes_of_any_size() {
    let mut index = many();
    let request = Request { sort: SortColumn::Orders, limit: 20_000, ..Request::default() };
    for step in [1, 7, 400, 5_000] {
        let changed = (1..=10_000).step_by(10_000 / step).map(|id| {
            let mut entry = plain(id, "moved");
            entry.facts.orders_count = id * 7 % 1_000;
            entry
        });
        index.apply(changed.collect(), Vec::new());
        let mut fresh = CustomerIndex::new();
        std::mem::swap(&mut fresh.data, &mut index.data);
        let expected = fresh.query(&request);
        std::mem::swap(&mut fresh.data, &mut index.data);
        assert_eq!(index.query(&request), expected);
    }
}

#[test]
fn a_term_does_not_reach_over_fields_or_customers() {
    let mut index = CustomerIndex::new();
    index.apply(vec![plain(1, "ab"), plain(2, "cd")], Vec::new());
    for search in ["abc1", "comcd", "ab\u{1f}c1", "ab c1"] {
        let total = index.query(&Request { search: search.into(), ..Request::default() }).total;
        assert_eq!(total, u64::from(search == "ab c1" || search == "ab\u{1f}c1"), "{search:?}");
    }
}

#[test]
fn ids_beyond_the_limit_are_left_out() {
    let mut index = CustomerIndex::new();
    index.apply(vec![plain(MAX_ID, "a"), plain(-1, "b"), plain(i64::MAX, "c"), plain(3, "d")], vec![CustomerId(i64::MIN)]);
    assert_eq!(index.query(&Request::default()).ids, [CustomerId(3)]);
}

#[test]
fn records_keep_fields_apart() {
    let mut entry = plain(1, "a\u{1f}b");
    entry.email_key = "王@x".into();
    let mut domains = Domains::default();
    let record = Record::new(&entry, domains.cut(&entry.email_key));
    assert_eq!((record.name(), record.email()), (&b"a b"[..], "王@".as_bytes()));
    entry.email_key = "b.a7@x".into();
    let record = Record::new(&entry, domains.cut(&entry.email_key));
    assert_eq!((record.name(), record.email()), (&b"a b"[..], &b"b.a7@"[..]));
    entry.email_key = "王@王".into();
    let record = Record::new(&entry, domains.cut(&entry.email_key));
    assert_eq!(record.email(), "王@王".as_bytes());
    assert_eq!((Record::default().name(), Record::default().email()), (&b""[..], &b""[..]));
}
