//! One condition as a row: its field, the way it is tested, and the values, each with the input that suits it.

use super::builder::{Building, focus, leaf_of};
use super::draft::{About, What};
use super::list::{Change, ValueList};
use super::terms::{Leaf, Test, begun, choices};
use crate::base::i18n::Lang;
use crate::base::{Currency, Day, Money};
use crate::rules::fields::{Measure, Section, Values};
use crate::rules::{DayBound, DayTest, EventField, NumberTest, Ref, TextTest, Unit};
use leptos::prelude::*;

/// What a condition is about, by sections.
pub fn field_select(building: Building, id: u32, about: About, code: Memo<&'static str>) -> AnyView {
    let l = building.l;
    let all = choices(about);
    let now = code.get_untracked();
    let section = |section: Section| {
        let options: Vec<_> = all.iter().filter(|choice| choice.section == section).collect();
        let option = |choice: &&super::terms::Choice| {
            view! { <option value=choice.code selected=choice.code == now>{l.dynamic(choice.label_key)}</option> }
        };
        (!options.is_empty()).then(|| {
            view! { <optgroup label=l.t(section.label_key())>{options.iter().map(option).collect_view()}</optgroup> }
        })
    };
    let choose = move |event| {
        building.edit(|draft| draft.replace(id, begun(about, &event_target_value(&event))));
        // With orders or events it is another row.
        focus(format!("rule-field-{id}"));
    };
    view! {
        <select class="input input-auto rule-field" id=format!("rule-field-{id}") aria-label=l.t("rules.builder.field") prop:value=code on:change=choose>
            {Section::ALL.into_iter().filter_map(section).collect_view()}
        </select>
    }
    .into_any()
}

/// The way and the values of one condition; copy it into closures.
#[derive(Clone, Copy)]
struct Editing {
    building: Building,
    id: u32,
}

impl Editing {
    fn leaf(self) -> Option<Leaf> {
        self.building.read(self.id, leaf_of)
    }

    fn test(self) -> Option<Test> {
        self.leaf().map(|leaf| leaf.test())
    }

    fn set(self, test: Test) {
        self.building.change(self.id, |node| {
            if let What::Row(leaf) = &mut node.what {
                leaf.set_test(test);
            }
        });
    }

    fn change(self, change: impl FnOnce(Test) -> Test) {
        if let Some(test) = untrack(|| self.test()) {
            self.set(change(test));
        }
    }

    fn number(self) -> NumberTest {
        match self.test() {
            Some(Test::Number(_, test)) => test,
            _ => NumberTest::Equal(0),
        }
    }

    fn day(self) -> DayTest {
        match self.test() {
            Some(Test::Day(test)) => test,
            _ => DayTest::within(0),
        }
    }

    fn l(self) -> Lang {
        self.building.l
    }
}

/// What stands behind the field. It is made anew for another field or another way, not for another value.
#[component]
pub fn Row(building: Building, id: u32) -> impl IntoView {
    let editing = Editing { building, id };
    let shape = Memo::new(move |_| editing.leaf().map(|leaf| (leaf.code(), leaf.test().way(), unit_of(&leaf.test()))));
    let field = Memo::new(move |_| editing.leaf().map(|leaf| leaf.code()));
    let custom = move || {
        field
            .get()
            .filter(|_| untrack(|| editing.leaf()).is_some_and(|leaf| leaf.custom().is_some()))
            .map(|_| custom_name(editing))
    };
    view! {
        {custom}
        {move || field.get().map(|_| way_select(editing))}
        {move || shape.get().map(|_| values(editing))}
    }
}

/// Of bounds that are counted, the input of their unit; of others, that of a calendar day.
fn unit_of(test: &Test) -> (bool, bool) {
    let is_counted = |bound: &Option<DayBound>| matches!(bound, Some(DayBound::Ago(..)));
    match test {
        Test::Day(DayTest::Between { from, to }) => (is_counted(from), is_counted(to)),
        Test::Day(DayTest::Before(bound) | DayTest::After(bound)) => (is_counted(&Some(*bound)), false),
        _ => (false, false),
    }
}

fn way_select(editing: Editing) -> AnyView {
    let l = editing.l();
    let ways = untrack(|| editing.test()).map(|test| test.ways()).unwrap_or_default();
    if ways.is_empty() {
        return ().into_any();
    }
    let way = move || editing.test().map(|test| test.way()).unwrap_or_default();
    let today = editing.building.today;
    let choose = move |event| editing.change(|test| test.in_way(&event_target_value(&event), today));
    let now = untrack(way);
    let option = move |way: &&'static str| view! { <option value=*way selected=*way == now>{l.dynamic(&format!("rules.way.{way}"))}</option> };
    view! {
        <select class="input input-auto rule-way" aria-label=l.t("rules.builder.way") prop:value=way on:change=choose>
            {ways.iter().map(option).collect_view()}
        </select>
    }
    .into_any()
}

fn values(editing: Editing) -> AnyView {
    match untrack(|| editing.test()) {
        Some(Test::Number(measure, test)) => number_inputs(editing, measure, test),
        Some(Test::Day(test)) => day_inputs(editing, &test),
        Some(Test::Text(TextTest::OneOf(_), values)) => text_list(editing, values),
        Some(Test::Text(TextTest::Set, _) | Test::Flag(_) | Test::Some(_)) | None => ().into_any(),
        Some(Test::Text(_, _)) => text_input(editing),
        Some(Test::Codes(_, values)) => text_list(editing, values),
        Some(Test::Of(_, _, values) | Test::Among(_, values)) => reference_list(editing, values),
        Some(Test::Kinds(_)) => kind_boxes(editing),
    }
}

fn number_inputs(editing: Editing, measure: Measure, test: NumberTest) -> AnyView {
    let (l, currency) = (editing.l(), editing.building.live.currency);
    let input = move |label: &'static str, get: fn(NumberTest) -> i64, with: fn(NumberTest, i64) -> NumberTest| {
        let put = move |text: String| {
            let number = read_number(&text, measure, currency);
            if let Some(number) = number {
                let new = with(untrack(|| editing.number()), number);
                editing.set(Test::Number(measure, new));
            }
            number.is_some()
        };
        let value = Signal::derive(move || number_text(get(editing.number()), measure, currency));
        view! { <Field label=l.t(label) numeric=true value put=Callback::new(put)/> }
    };
    let affix = (measure == Measure::Money).then(|| view! { <span class="dim">{currency.code().to_owned()}</span> });
    if !matches!(test, NumberTest::Between(..)) {
        return view! { {input("rules.builder.number", first, with_first)} {affix} }.into_any();
    }
    view! {
        {input("rules.builder.from", first, with_first)}
        <span class="dim">{l.t("rules.builder.and")}</span>
        {input("rules.builder.to", second, with_second)}
        {affix}
    }
    .into_any()
}

fn first(test: NumberTest) -> i64 {
    match test {
        NumberTest::Equal(number)
        | NumberTest::AtLeast(number)
        | NumberTest::Above(number)
        | NumberTest::AtMost(number)
        | NumberTest::Below(number)
        | NumberTest::Between(number, _) => number,
    }
}

fn second(test: NumberTest) -> i64 {
    if let NumberTest::Between(_, second) = test { second } else { first(test) }
}

fn with_first(test: NumberTest, number: i64) -> NumberTest {
    match test {
        NumberTest::Equal(_) => NumberTest::Equal(number),
        NumberTest::AtLeast(_) => NumberTest::AtLeast(number),
        NumberTest::Above(_) => NumberTest::Above(number),
        NumberTest::AtMost(_) => NumberTest::AtMost(number),
        NumberTest::Below(_) => NumberTest::Below(number),
        NumberTest::Between(_, second) => NumberTest::Between(number, second),
    }
}

fn with_second(test: NumberTest, number: i64) -> NumberTest {
    if let NumberTest::Between(first, _) = test { NumberTest::Between(first, number) } else { test }
}

fn read_number(text: &str, measure: Measure, currency: Currency) -> Option<i64> {
    match measure {
        Measure::Count => text.trim().parse().ok(),
        Measure::Money => Money::parse(text, currency).map(|money| money.minor),
    }
}

fn number_text(number: i64, measure: Measure, currency: Currency) -> String {
    match measure {
        Measure::Count => number.to_string(),
        Measure::Money => Money::new(number, currency).plain(),
    }
}

fn day_inputs(editing: Editing, test: &DayTest) -> AnyView {
    let l = editing.l();
    let set = move |test: DayTest| editing.set(Test::Day(test));
    match test {
        DayTest::Between { from: None, to: None } => ().into_any(),
        DayTest::Between { from: Some(DayBound::Ago(..)), to: None } => bound_inputs(
            editing,
            "rules.builder.day",
            false,
            |test| if let DayTest::Between { from, .. } = test { *from } else { None },
            move |bound| set(DayTest::Between { from: Some(bound), to: None }),
        ),
        DayTest::Between { from: Some(_), to: None } => date_input(
            l.t("rules.builder.day"),
            move || if let DayTest::Between { from, .. } = editing.day() { from } else { None },
            move |bound| set(DayTest::Between { from: Some(bound), to: None }),
        ),
        DayTest::Between { from: None, to: Some(_) } => bound_inputs(
            editing,
            "rules.builder.day",
            true,
            |test| if let DayTest::Between { to, .. } = test { *to } else { None },
            move |bound| set(DayTest::Between { from: None, to: Some(bound) }),
        ),
        DayTest::Between { from: Some(from), to: Some(to) } if from == to => bound_inputs(
            editing,
            "rules.builder.day",
            true,
            |test| if let DayTest::Between { from, .. } = test { *from } else { None },
            move |bound| set(DayTest::Between { from: Some(bound), to: Some(bound) }),
        ),
        DayTest::Between { .. } => {
            let ends =
                move || if let DayTest::Between { from, to } = untrack(|| editing.day()) { (from, to) } else { (None, None) };
            let from = bound_inputs(
                editing,
                "rules.builder.from",
                true,
                |test| if let DayTest::Between { from, .. } = test { *from } else { None },
                move |bound| set(DayTest::Between { from: Some(bound), to: ends().1 }),
            );
            let to = bound_inputs(
                editing,
                "rules.builder.to",
                true,
                |test| if let DayTest::Between { to, .. } = test { *to } else { None },
                move |bound| set(DayTest::Between { from: ends().0, to: Some(bound) }),
            );
            view! { {from} <span class="dim">{l.t("rules.builder.and")}</span> {to} }.into_any()
        }
        DayTest::Before(_) | DayTest::After(_) => {
            let is_before = matches!(test, DayTest::Before(_));
            bound_inputs(
                editing,
                "rules.builder.day",
                true,
                |test| if let DayTest::Before(bound) | DayTest::After(bound) = test { Some(*bound) } else { None },
                move |bound| set(if is_before { DayTest::Before(bound) } else { DayTest::After(bound) }),
            )
        }
        DayTest::Months(_) => month_boxes(editing),
        DayTest::Anniversary { .. } => {
            let days = move || if let DayTest::Anniversary { within } = editing.day() { within } else { 0 };
            let put = move |text: String| {
                let within = text.trim().parse::<u16>().ok();
                within.map(|within| set(DayTest::Anniversary { within })).is_some()
            };
            view! {
                <Field label=l.t("rules.builder.days") numeric=true value=Signal::derive(move || days().to_string()) put=Callback::new(put)/>
                <span class="dim">{l.t("rules.builder.days_ahead")}</span>
            }
            .into_any()
        }
    }
}

/// A day that moves with today, or where `dated` a calendar day as well.
fn bound_inputs(
    editing: Editing,
    label: &'static str,
    dated: bool,
    get: fn(&DayTest) -> Option<DayBound>,
    set: impl Fn(DayBound) + Copy + Send + Sync + 'static,
) -> AnyView {
    let (l, today) = (editing.l(), editing.building.today);
    let bound = move || get(&editing.day()).unwrap_or(DayBound::days_ago(0));
    let way = move || match bound() {
        DayBound::On(_) => "date",
        DayBound::Ago(_, unit) => unit.name(),
    };
    let choose = move |event| {
        let chosen = event_target_value(&event);
        let unit = Unit::ALL.into_iter().find(|unit| unit.name() == chosen);
        set(match (unit, untrack(bound)) {
            (None, bound) => DayBound::On(bound.resolve(today)),
            (Some(unit), DayBound::Ago(count, _)) => DayBound::Ago(count, unit),
            (Some(unit), DayBound::On(_)) => DayBound::Ago(1, unit),
        });
    };
    let now = untrack(way);
    let option = move |way: &'static str| {
        let key = if dated { "rules.unit_ago" } else { "rules.unit" };
        let text = if way == "date" { l.t("rules.builder.on_date").to_owned() } else { l.known(key, way) };
        view! { <option value=way selected=way == now>{text}</option> }
    };
    let input = if now == "date" {
        date_input(l.t(label), move || Some(bound()), set)
    } else {
        let count = move || if let DayBound::Ago(count, _) = bound() { count } else { 0 };
        let put = move |text: String| {
            let unit = if let DayBound::Ago(_, unit) = untrack(bound) { unit } else { Unit::Days };
            text.trim().parse::<u16>().ok().map(|count| set(DayBound::Ago(count, unit))).is_some()
        };
        view! { <Field label=l.t(label) numeric=true value=Signal::derive(move || count().to_string()) put=Callback::new(put)/> }
            .into_any()
    };
    let units = Unit::ALL.into_iter().map(Unit::name).chain(dated.then_some("date"));
    view! {
        {input}
        <select class="input input-auto" aria-label=l.t("rules.builder.unit") prop:value=way on:change=choose>
            {units.map(option).collect_view()}
        </select>
    }
    .into_any()
}

fn date_input(
    label: &'static str,
    get: impl Fn() -> Option<DayBound> + Copy + Send + Sync + 'static,
    set: impl Fn(DayBound) + Copy + Send + Sync + 'static,
) -> AnyView {
    let value = move || if let Some(DayBound::On(day)) = get() { day.iso() } else { String::new() };
    let put = move |event| {
        if let Some(day) = Day::parse(&event_target_value(&event)) {
            set(DayBound::On(day));
        }
    };
    view! { <input class="input input-auto" type="date" aria-label=label value=untrack(value) prop:value=value on:change=put/> }
        .into_any()
}

fn month_boxes(editing: Editing) -> AnyView {
    let l = editing.l();
    let months = move || if let DayTest::Months(months) = editing.day() { months } else { Vec::new() };
    let one = move |month: u8| {
        let is_on = move || months().contains(&month);
        let turn = move |_| {
            let mut new = untrack(months);
            match new.iter().position(|other| *other == month) {
                Some(at) => _ = new.remove(at),
                None => new.push(month),
            }
            editing.set(Test::Day(DayTest::Months(new)));
        };
        box_view(l.known("month", &month.to_string()), is_on, turn)
    };
    view! { <div class="rule-boxes" role="group" aria-label=l.t("rules.way.months")>{(1..=12).map(one).collect_view()}</div> }
        .into_any()
}

fn kind_boxes(editing: Editing) -> AnyView {
    let l = editing.l();
    let kinds = move || if let Some(Test::Kinds(kinds)) = editing.test() { kinds } else { Vec::new() };
    let one = move |kind: &EventField| {
        let kind = *kind;
        let is_on = move || kinds().contains(&kind);
        let turn = move |_| {
            let mut new = untrack(kinds);
            match new.iter().position(|other| *other == kind) {
                Some(at) => _ = new.remove(at),
                None => new.push(kind),
            }
            editing.set(Test::Kinds(new));
        };
        box_view(l.dynamic(kind.label_key()), is_on, turn)
    };
    view! { <div class="rule-boxes" role="group" aria-label=l.t("rules.field.kind")>{EventField::ALL.iter().map(one).collect_view()}</div> }
        .into_any()
}

fn box_view(
    label: String,
    is_on: impl Fn() -> bool + Copy + Send + Sync + 'static,
    turn: impl Fn(leptos::ev::Event) + 'static,
) -> AnyView {
    view! {
        <label class="check">
            <input type="checkbox" class="checkbox" checked=untrack(is_on) prop:checked=is_on on:change=turn/>
            <span>{label}</span>
        </label>
    }
    .into_any()
}

fn text_input(editing: Editing) -> AnyView {
    let text = move || match editing.test() {
        Some(Test::Text(TextTest::Contains(text) | TextTest::StartsWith(text) | TextTest::EndsWith(text), _)) => text,
        _ => String::new(),
    };
    let put = move |text: String| {
        editing.change(|test| match test {
            Test::Text(TextTest::StartsWith(_), values) => Test::Text(TextTest::StartsWith(text), values),
            Test::Text(TextTest::EndsWith(_), values) => Test::Text(TextTest::EndsWith(text), values),
            Test::Text(_, values) => Test::Text(TextTest::Contains(text), values),
            other => other,
        });
        true
    };
    let label = editing.l().t("rules.builder.text");
    view! { <Field label numeric=false value=Signal::derive(text) put=Callback::new(put)/> }.into_any()
}

fn custom_name(editing: Editing) -> AnyView {
    let name = move || editing.leaf().and_then(|leaf| leaf.custom().map(str::to_owned)).unwrap_or_default();
    let put = move |text: String| {
        editing.building.change(editing.id, |node| {
            if let What::Row(leaf) = &mut node.what {
                leaf.rename(text);
            }
        });
        true
    };
    let label = editing.l().t("rules.builder.custom_name");
    view! { <Field label numeric=false value=Signal::derive(name) put=Callback::new(put)/> }.into_any()
}

fn text_list(editing: Editing, values: Values) -> AnyView {
    let items = move || match editing.test() {
        Some(Test::Text(TextTest::OneOf(items), _) | Test::Codes(items, _)) => items,
        _ => Vec::new(),
    };
    let change = move |change: Change| {
        editing.change(|test| match test {
            Test::Text(TextTest::OneOf(mut items), values) => {
                change.apply(&mut items, |text| text);
                Test::Text(TextTest::OneOf(items), values)
            }
            Test::Codes(mut items, values) => {
                change.apply(&mut items, |text| text);
                Test::Codes(items, values)
            }
            other => other,
        });
    };
    let custom = Signal::derive(move || editing.leaf().and_then(|leaf| leaf.custom().map(str::to_owned)));
    let label = editing.l().t("rules.builder.values");
    view! { <ValueList id=editing.id label items=Signal::derive(items) change=Callback::new(change) values custom/> }.into_any()
}

fn reference_list(editing: Editing, values: Values) -> AnyView {
    let shown = |of: &Ref| match of {
        Ref::Id(id) => format!("#{id}"),
        Ref::Name(name) => name.clone(),
    };
    let items = move || match editing.test() {
        Some(Test::Of(_, of, _) | Test::Among(of, _)) => of.iter().map(shown).collect(),
        _ => Vec::new(),
    };
    let reference = |text: String| match text.strip_prefix('#').and_then(|id| id.parse().ok()) {
        Some(id) => Ref::Id(id),
        None => Ref::Name(text),
    };
    let change = move |change: Change| {
        editing.change(|test| match test {
            Test::Of(quantifier, mut of, values) => {
                change.apply(&mut of, reference);
                Test::Of(quantifier, of, values)
            }
            Test::Among(mut of, values) => {
                change.apply(&mut of, reference);
                Test::Among(of, values)
            }
            other => other,
        });
    };
    let label = editing.l().t("rules.builder.values");
    let custom = Signal::derive(|| None);
    view! { <ValueList id=editing.id label items=Signal::derive(items) change=Callback::new(change) values custom/> }.into_any()
}

/// An input that keeps what is typed, even while that cannot be read. `put` says whether it could.
#[component]
pub fn Field(label: &'static str, numeric: bool, value: Signal<String>, put: Callback<String, bool>) -> impl IntoView {
    let typed = RwSignal::new(value.get_untracked());
    let own = StoredValue::new(value.get_untracked());
    let bad = RwSignal::new(false);
    Effect::new(move |_| {
        let new = value.get();
        if own.get_value() != new {
            own.set_value(new.clone());
            bad.set(false);
            typed.set(new);
        }
    });
    let on_input = move |event| {
        let text = event_target_value(&event);
        typed.set(text.clone());
        bad.set(!put.run(text));
        own.set_value(value.get_untracked());
    };
    view! {
        <input
            class="input rule-value"
            type="text"
            data-numeric=numeric.then_some("")
            inputmode=numeric.then_some("decimal")
            autocomplete="off"
            spellcheck="false"
            aria-label=label
            aria-invalid=move || bad.get().then_some("true")
            value=typed.get_untracked()
            prop:value=typed
            on:input=on_input
        />
    }
}
