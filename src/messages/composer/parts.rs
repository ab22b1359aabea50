//! One side of an audience: who is in it, or left out, part by part, and how to add one.

use super::audience::Side;
use super::reach::Reach;
use super::{Choice, Choices, Found, PARTS_MAX, RULES_MAX};
use crate::base::GroupId;
use crate::base::i18n::{Lang, use_lang};
use crate::messages::campaigns::Part;
use crate::rules::editor::RuleEditor;
use crate::ui::Icon;
use leptos::prelude::*;

/// Ids of the fields of typed rules.
const RULE_IDS: [[&str; RULES_MAX]; 2] =
    [["include-rule", "include-rule-2", "include-rule-3"], ["exclude-rule", "exclude-rule-2", "exclude-rule-3"]];

/// What a row is of: it stays the same row while a rule in it is typed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Everybody,
    Group(GroupId),
    Segment(String),
    /// The first, the second … of the side.
    Chosen(usize),
    Rule(usize),
}

impl Key {
    /// The rows of some parts.
    fn all(parts: &[Part]) -> Vec<Self> {
        let (mut chosen, mut rules) = (0.., 0..);
        let key = |part: &Part| {
            Some(match part {
                Part::Everybody => Self::Everybody,
                Part::Group(group) => Self::Group(*group),
                Part::Segment(key) => Self::Segment(key.clone()),
                Part::Chosen(_) => Self::Chosen(chosen.next()?),
                Part::Rule(_) => Self::Rule(rules.next()?),
            })
        };
        parts.iter().filter_map(key).collect()
    }

    /// Its part.
    fn find(&self, parts: &[Part]) -> Option<usize> {
        Self::all(parts).iter().position(|key| key == self)
    }
}

/// One side while it is edited; copy it into closures.
#[derive(Clone, Copy)]
struct Editing {
    reach: Reach,
    side: Side,
    choices: StoredValue<Choices>,
    keys: Memo<Vec<Key>>,
}

impl Editing {
    fn new(reach: Reach, side: Side, choices: StoredValue<Choices>) -> Self {
        let keys = Memo::new(move |_| reach.question.with(|(audience, _)| Key::all(side.of(audience))));
        Self { reach, side, choices, keys }
    }

    fn part(self, key: &Key) -> Option<Part> {
        self.reach.question.with(|(audience, _)| {
            let parts = self.side.of(audience);
            parts.get(key.find(parts)?).cloned()
        })
    }

    fn change(self, change: impl FnOnce(&mut Vec<Part>)) {
        self.reach.form.update(|form| change(self.side.of_mut(&mut form.audience)));
    }

    /// Adds a part; with everybody all others are, so either stands alone.
    fn add(self, part: Part) {
        self.change(|parts| {
            if part == Part::Everybody {
                parts.clear();
            }
            parts.retain(|one| *one != Part::Everybody);
            parts.push(part);
        });
    }

    fn remove(self, key: &Key) {
        self.change(|parts| {
            if let Some(at) = key.find(parts) {
                parts.remove(at);
            }
        });
    }

    fn found(self, key: &Key) -> Option<Found> {
        self.reach.found(self.side, &self.part(key)?)
    }

    /// Whether a part can be added still.
    fn has_room(self, rule: bool) -> bool {
        self.keys.with(|keys| {
            let rules = keys.iter().filter(|key| matches!(key, Key::Rule(_))).count();
            keys.len() < PARTS_MAX && (!rule || rules < RULES_MAX)
        })
    }
}

/// A side of the audience.
#[component]
pub(super) fn PartsCard(reach: Reach, side: Side, choices: StoredValue<Choices>) -> impl IntoView {
    let l = use_lang();
    let editing = Editing::new(reach, side, choices);
    let (title, none) = match side {
        Side::Include => ("composer.audience.include", "composer.audience.include_none"),
        Side::Exclude => ("composer.audience.exclude", "composer.audience.exclude_none"),
    };
    let empty = move || editing.keys.with(Vec::is_empty);
    view! {
        <section class="card audience-parts">
            <header class="card-head">
                <h2 class="card-title">{l.t(title)}</h2>
                <div class="card-actions"><AddMenu editing/></div>
            </header>
            <p class="card-body soft" hidden=move || !empty()>{l.t(none)}</p>
            <ul class="card-list" hidden=empty>
                <For each=move || editing.keys.get() key=Clone::clone let:key><PartRow editing key/></For>
            </ul>
        </section>
    }
    .into_any()
}

#[component]
fn PartRow(editing: Editing, key: Key) -> impl IntoView {
    let l = use_lang();
    let name = name_of(l, editing, &key);
    let (icon, rule) = match &key {
        Key::Everybody => ("users", None),
        Key::Group(_) => ("layers", None),
        Key::Segment(_) => ("filter", None),
        Key::Chosen(_) => ("check", None),
        Key::Rule(nth) => ("filter", Some(*nth)),
    };
    let found = {
        let key = key.clone();
        Memo::new(move |_| editing.found(&key))
    };
    let count = move || match found.get() {
        Some(Found::Count(count)) => l.count("composer.audience.customers", count),
        _ => String::new(),
    };
    // The field of a rule says itself what is wrong with its words.
    let wrong = move || match found.get() {
        Some(Found::Wrong(message)) if rule.is_none() => Some(l.dynamic(&message)),
        Some(Found::Wrong(message)) if message.starts_with("campaign.") || message.starts_with("segments.") => {
            Some(l.dynamic(&message))
        }
        _ => None,
    };
    let remove = {
        let key = key.clone();
        move |_| editing.remove(&key)
    };
    let removes = l.with("composer.audience.remove", &[("name", &name.0)]);
    view! {
        <li class="audience-part">
            <div class="row">
                <Icon name=icon/>
                {match name.1 {
                    Some(href) => view! { <a class="link truncate" href=href dir="auto">{name.0}</a> }.into_any(),
                    None => view! { <span class="truncate">{name.0}</span> }.into_any(),
                }}
                <span class="soft tnum nowrap row-end">{count}</span>
                <button class="btn btn-icon btn-sm btn-ghost" type="button" aria-label=removes.clone() title=removes on:click=remove><Icon name="x"/></button>
            </div>
            {rule.map(|nth| view! { <RuleRow editing nth/> })}
            {move || wrong().map(|text| view! { <p class="error" role="alert"><Icon name="alert-circle"/>{text}</p> })}
        </li>
    }
    .into_any()
}

/// What a part is called, and the page it leads to.
fn name_of(l: Lang, editing: Editing, key: &Key) -> (String, Option<String>) {
    let known = |part: Part| {
        editing.choices.with_value(|choices| {
            let all = choices.groups.iter().chain(&choices.segments);
            all.clone().find(|choice| choice.part == part).map(|choice| (choice.text(l), Some(choice.href.clone())))
        })
    };
    match key {
        Key::Everybody => (l.t("composer.audience.everybody").to_owned(), None),
        Key::Group(group) => known(Part::Group(*group)).unwrap_or_else(|| (l.t("composer.audience.a_group").to_owned(), None)),
        Key::Segment(key) => {
            known(Part::Segment(key.clone())).unwrap_or_else(|| (l.t("composer.audience.a_segment").to_owned(), None))
        }
        Key::Chosen(_) => {
            let count = match untrack(|| editing.part(key)) {
                Some(Part::Chosen(ids)) => ids.len(),
                _ => 0,
            };
            (l.count("composer.audience.chosen", i64::try_from(count).unwrap_or(i64::MAX)), None)
        }
        Key::Rule(_) => (l.t("composer.audience.rule").to_owned(), None),
    }
}

/// A rule that is typed or clicked together. The form has the text; it may also be set from elsewhere.
#[component]
fn RuleRow(editing: Editing, nth: usize) -> impl IntoView {
    let l = use_lang();
    let kept = Memo::new(move |_| match editing.part(&Key::Rule(nth)) {
        Some(Part::Rule(text)) => Some(text),
        _ => None,
    });
    let text = RwSignal::new(kept.get_untracked().unwrap_or_default());
    Effect::new(move |_| {
        if let Some(kept) = kept.get().filter(|kept| text.with_untracked(|text| text != kept)) {
            text.set(kept);
        }
    });
    Effect::new(move |ran: Option<()>| {
        let typed = text.get();
        if ran.is_some() && kept.with_untracked(|kept| kept.as_ref().is_some_and(|kept| *kept != typed)) {
            editing.change(|parts| {
                if let Some(part) = Key::Rule(nth).find(parts).and_then(|at| parts.get_mut(at)) {
                    *part = Part::Rule(typed);
                }
            });
        }
    });
    let side = usize::from(editing.side == Side::Exclude);
    let id = RULE_IDS.get(side).and_then(|ids| ids.get(nth)).copied().unwrap_or("further-rule");
    view! { <RuleEditor text id label=l.t("composer.audience.rule")/> }
}

/// In small letters, as the browser knows them: the tables of our own would be part of the download.
fn small(text: &str) -> String {
    if text.is_empty() { String::new() } else { js_sys::JsString::from(text).to_lower_case().into() }
}

/// What can be added: everybody, a rule, groups, segments; found by typing.
#[component]
fn AddMenu(editing: Editing) -> impl IntoView {
    let l = use_lang();
    let typed = RwSignal::new(String::new());
    let is_include = editing.side == Side::Include;
    let offered = move |which: fn(&Choices) -> &Vec<Choice>| {
        let wanted = small(typed.read().trim());
        let used: Vec<Part> = editing.reach.question.with(|(audience, _)| editing.side.of(audience).clone());
        editing.choices.with_value(|choices| {
            let free = which(choices).iter().filter(|choice| !choice.archived && !used.contains(&choice.part));
            free.filter(|choice| wanted.is_empty() || small(&choice.text(l)).contains(&wanted)).cloned().collect::<Vec<_>>()
        })
    };
    let item = move |choice: Choice| {
        let part = choice.part.clone();
        view! {
            <button type="button" class="menu-item" on:click=move |_| editing.add(part.clone())>
                <span class="truncate" dir="auto">{choice.text(l)}</span> <span class="dim tnum row-end">{l.integer(choice.size)}</span>
            </button>
        }
    };
    let list = move |title: &'static str, which: fn(&Choices) -> &Vec<Choice>| {
        let found = offered(which);
        (!found.is_empty()).then(|| view! { <p class="menu-title">{l.t(title)}</p> {found.into_iter().map(item).collect_view()} })
    };
    let has = move |key: &Key| editing.keys.with(|keys| keys.contains(key));
    view! {
        <details class="dropdown">
            <summary class="btn btn-sm"><Icon name="plus"/> {l.t("composer.audience.add")} <Icon name="chevron-down"/></summary>
            <div class="menu menu-end audience-menu">
                {is_include.then(|| view! {
                    <button type="button" class="menu-item" hidden=move || has(&Key::Everybody) on:click=move |_| editing.add(Part::Everybody)>
                        <Icon name="users"/> {l.t("composer.audience.everybody")}
                    </button>
                })}
                <button type="button" class="menu-item" hidden=move || !editing.has_room(true) on:click=move |_| editing.add(Part::Rule(String::new()))>
                    <Icon name="filter"/> {l.t("composer.audience.rule")}
                </button>
                <hr class="menu-sep"/>
                <div class="menu-form">
                    <input
                        class="input"
                        type="search"
                        autocomplete="off"
                        aria-label=l.t("composer.audience.find")
                        placeholder=l.t("composer.audience.find")
                        prop:value=typed
                        on:input=move |event| typed.set(event_target_value(&event))
                    />
                </div>
                {move || editing.has_room(false).then(|| view! {
                    {list("composer.audience.segments", |choices| &choices.segments)}
                    {list("composer.audience.groups", |choices| &choices.groups)}
                })}
            </div>
        </details>
    }
    .into_any()
}
