//! The same rule, clicked together: groups of conditions in groups. Every change is written into the text at once; a text that is set
//! from elsewhere is read anew.

use super::draft::{About, Draft, Join, Node, What};
use super::live::Live;
use super::row::{Field, Row, field_select};
use super::terms::{Leaf, begun};
use crate::app::use_session;
use crate::base::Day;
use crate::base::i18n::{Lang, use_lang};
use crate::rules::{HowMany, parse, print};
use crate::ui::Icon;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The rule while it is clicked together; copy it into closures.
#[derive(Clone, Copy)]
pub struct Building {
    pub live: Live,
    pub draft: RwSignal<Draft>,
    pub today: Day,
    pub l: Lang,
}

impl Building {
    /// Changes the rule, and its text with it.
    pub fn edit<T>(self, change: impl FnOnce(&mut Draft) -> T) -> Option<T> {
        let changed = self.draft.try_update(change);
        let text = self.draft.with_untracked(|draft| print(&draft.rule(), self.live.currency));
        self.live.text.set(text);
        changed
    }

    pub fn change(self, id: u32, change: impl FnOnce(&mut Node)) {
        self.edit(|draft| draft.change(id, change));
    }

    /// What `read` says of a node, tracked; `None` once it is gone.
    pub fn read<T>(self, id: u32, read: impl FnOnce(&Node) -> Option<T>) -> Option<T> {
        self.draft.with(|draft| draft.find(id).and_then(read))
    }

    pub fn remove(self, id: u32) {
        self.edit(|draft| draft.remove(id));
    }

    /// The button that takes a part away; the focus goes to where one adds another.
    pub fn remove_button(self, id: u32, group: u32) -> AnyView {
        let label = self.l.t("rules.builder.remove");
        let remove = move |_| {
            self.remove(id);
            focus(format!("rule-add-{group}"));
        };
        view! {
            <button class="btn btn-icon btn-ghost rule-remove" type="button" aria-label=label title=label on:click=remove>
                <Icon name="trash"/>
            </button>
        }
        .into_any()
    }

    /// The button that turns a part into everybody else.
    pub fn not_button(self, id: u32) -> AnyView {
        let is_not = move || self.read(id, |node| Some(node.nots % 2 == 1)).unwrap_or_default();
        let turn = move |_| self.change(id, |node| node.nots = if node.nots == 0 { 1 } else { node.nots - 1 });
        view! {
            <button
                class="btn btn-sm rule-not"
                type="button"
                aria-pressed=move || if is_not() { "true" } else { "false" }
                on:click=turn
            >
                {self.l.t("rules.builder.not")}
            </button>
        }
        .into_any()
    }
}

/// Focuses what is there after the next frame.
pub fn focus(id: String) {
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(&id).and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// The builder of a text that can be read.
#[component]
pub fn Builder(live: Live) -> impl IntoView {
    let l = use_lang();
    let rule = live.text.with_untracked(|text| parse(text, live.currency)).unwrap_or_else(|_| crate::rules::Rule::everyone());
    let building = Building { live, draft: RwSignal::new(Draft::of(&rule)), today: use_session().today, l };
    let draft = building.draft;
    Effect::new(move |_| {
        let read = live.text.with(|text| parse(text, live.currency));
        if let Ok(rule) = read
            // The editor may have gone with what the text was set for.
            && draft.try_with_untracked(|draft| draft.rule() != rule) == Some(true)
        {
            draft.set(Draft::of(&rule));
        }
    });
    let root = Memo::new(move |_| draft.with(|draft| draft.root.id));
    view! { <div class="rule-builder">{move || group_view(building, root.get(), About::Customers, true)}</div> }
}

/// What a part looks like: with another kind it is another view.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Group,
    Row,
    Counted(About),
}

impl Kind {
    fn of(node: &Node) -> Self {
        match &node.what {
            What::Group { .. } => Self::Group,
            What::Row(_) => Self::Row,
            What::Counted { about, .. } => Self::Counted(*about),
        }
    }
}

fn group_view(building: Building, id: u32, about: About, is_outer: bool) -> AnyView {
    let l = building.l;
    let parts = Memo::new(move |_| {
        let parts = building.read(id, |node| match &node.what {
            What::Group { parts, .. } => Some(parts.iter().map(|part| (part.id, Kind::of(part))).collect::<Vec<_>>()),
            _ => None,
        });
        parts.unwrap_or_default()
    });
    let part = move |(part, kind): (u32, Kind)| {
        let body = match kind {
            Kind::Group => {
                let inner = group_view(building, part, about, false);
                view! { <div class="rule-nested">{inner}{building.remove_button(part, id)}</div> }.into_any()
            }
            Kind::Row => row_view(building, part, id, about),
            Kind::Counted(of) => counted_view(building, part, id, of),
        };
        view! { <li class="rule-part">{body}</li> }
    };
    let first = match about {
        About::Customers => "total_spent",
        About::Orders => "total",
        About::Events => "kind",
    };
    let add = move |what: What| {
        if let Some(new) = building.edit(|draft| draft.add(id, what)) {
            focus(format!("rule-field-{new}"));
        }
    };
    let is_empty = move || parts.with(Vec::is_empty);
    view! {
        <div class="rule-group" role="group" aria-label=l.t("rules.builder.group") data-outer=is_outer.then_some("")>
            {join_select(building, id, about)}
            <ul class="rule-parts"><For each=move || parts.get() key=|part| *part children=part/></ul>
            <Show when=is_empty><p class="hint">{empty_text(building, id)}</p></Show>
            <div class="rule-adds">
                <button class="btn btn-sm" type="button" id=format!("rule-add-{id}") on:click=move |_| add(begun(about, first))>
                    <Icon name="plus"/>{l.t("rules.builder.add_condition")}
                </button>
                <button class="btn btn-sm btn-ghost" type="button" on:click=move |_| add(What::group(Join::Any))>
                    <Icon name="plus"/>{l.t("rules.builder.add_group")}
                </button>
            </div>
        </div>
    }
    .into_any()
}

/// Whom a group without conditions describes.
fn empty_text(building: Building, id: u32) -> impl Fn() -> &'static str {
    move || {
        let everyone = building.read(id, |node| match &node.what {
            What::Group { join, .. } => Some((*join == Join::All) == node.nots.is_multiple_of(2)),
            _ => None,
        });
        building.l.t(if everyone.unwrap_or(true) { "rules.builder.empty_all" } else { "rules.builder.empty_none" })
    }
}

/// All, any, not all or none of the conditions of a group.
fn join_select(building: Building, id: u32, about: About) -> AnyView {
    let l = building.l;
    let current = move || {
        let joined = building.read(id, |node| match &node.what {
            What::Group { join, .. } => Some((*join, node.nots % 2 == 1)),
            _ => None,
        });
        match joined.unwrap_or((Join::All, false)) {
            (Join::All, false) => "all",
            (Join::Any, false) => "any",
            (Join::All, true) => "not_all",
            (Join::Any, true) => "none",
        }
    };
    let choose = move |event| {
        let chosen = event_target_value(&event);
        let is_not = matches!(chosen.as_str(), "not_all" | "none");
        let new = if matches!(chosen.as_str(), "any" | "none") { Join::Any } else { Join::All };
        building.change(id, |node| {
            if (node.nots % 2 == 1) != is_not {
                node.nots = if node.nots == 0 { 1 } else { node.nots - 1 };
            }
            if let What::Group { join, .. } = &mut node.what {
                *join = new;
            }
        });
    };
    let label = match about {
        About::Customers => "rules.builder.which_customers",
        About::Orders => "rules.builder.which_orders",
        About::Events => "rules.builder.which_events",
    };
    let now = untrack(current);
    let option = move |way: &'static str| {
        view! { <option value=way selected=way == now>{l.dynamic(&format!("rules.join.{way}"))}</option> }
    };
    view! {
        <label class="rule-join">
            <span>{l.t(label)}</span>
            <select class="input input-auto" prop:value=current on:change=choose>
                {["all", "any", "none", "not_all"].map(option).collect_view()}
            </select>
        </label>
    }
    .into_any()
}

fn row_view(building: Building, id: u32, group: u32, about: About) -> AnyView {
    let code = Memo::new(move |_| building.read(id, code_of).unwrap_or_default());
    view! {
        <div class="rule-row" role="group" aria-label=building.l.t("rules.builder.condition")>
            {field_select(building, id, about, code)}
            {building.not_button(id)}
            <Row building id/>
            {building.remove_button(id, group)}
        </div>
    }
    .into_any()
}

fn code_of(node: &Node) -> Option<&'static str> {
    match &node.what {
        What::Row(leaf) => Some(leaf.code()),
        What::Counted { about: About::Events, .. } => Some("any event"),
        What::Counted { .. } => Some("any order"),
        What::Group { .. } => None,
    }
}

/// Orders or events of which a customer has so many.
fn counted_view(building: Building, id: u32, group: u32, about: About) -> AnyView {
    let code = Memo::new(move |_| building.read(id, code_of).unwrap_or_default());
    let such = Memo::new(move |_| {
        building.read(id, |node| if let What::Counted { such, .. } = &node.what { Some(such.id) } else { None })
    });
    view! {
        <div class="rule-counted">
            <div class="rule-row" role="group" aria-label=building.l.t("rules.builder.condition")>
                {field_select(building, id, About::Customers, code)}
                {building.not_button(id)}
                {how_many(building, id)}
                {building.remove_button(id, group)}
            </div>
            {move || such.get().map(|such| group_view(building, such, about, false))}
        </div>
    }
    .into_any()
}

fn how_many(building: Building, id: u32) -> AnyView {
    let l = building.l;
    let current = move || {
        let read = |node: &Node| if let What::Counted { how_many, .. } = &node.what { Some(*how_many) } else { None };
        building.read(id, read).unwrap_or(HowMany::Any)
    };
    let set = move |new: HowMany| {
        building.change(id, |node| {
            if let What::Counted { how_many, .. } = &mut node.what {
                *how_many = new;
            }
        });
    };
    let (way, count) = (move || way_of(current()), move || count_of(current()));
    let choose = move |event| set(how_many_of(&event_target_value(&event), untrack(count).unwrap_or(1)));
    let now = untrack(way);
    let option = move |way: &'static str| {
        view! { <option value=way selected=way == now>{l.dynamic(&format!("rules.how_many.{way}"))}</option> }
    };
    let counted = Memo::new(move |_| count().is_some());
    let number = move || {
        counted.get().then(|| {
            view! {
                <Field
                    label=l.t("rules.builder.count")
                    numeric=true
                    value=Signal::derive(move || count().unwrap_or_default().to_string())
                    put=Callback::new(move |text: String| {
                        let count = text.trim().parse::<u32>().ok();
                        count.map(|count| set(how_many_of(untrack(way), count))).is_some()
                    })
                />
            }
        })
    };
    view! {
        <select class="input input-auto" aria-label=l.t("rules.builder.how_many") prop:value=way on:change=choose>
            {["any", "none", "all", "at_least", "at_most", "exactly"].map(option).collect_view()}
        </select>
        {number}
    }
    .into_any()
}

fn way_of(how_many: HowMany) -> &'static str {
    match how_many {
        HowMany::Any => "any",
        HowMany::None => "none",
        HowMany::All => "all",
        HowMany::AtLeast(_) => "at_least",
        HowMany::AtMost(_) => "at_most",
        HowMany::Exactly(_) => "exactly",
    }
}

fn count_of(how_many: HowMany) -> Option<u32> {
    match how_many {
        HowMany::AtLeast(count) | HowMany::AtMost(count) | HowMany::Exactly(count) => Some(count),
        HowMany::Any | HowMany::None | HowMany::All => None,
    }
}

fn how_many_of(way: &str, count: u32) -> HowMany {
    match way {
        "none" => HowMany::None,
        "all" => HowMany::All,
        "at_least" => HowMany::AtLeast(count),
        "at_most" => HowMany::AtMost(count),
        "exactly" => HowMany::Exactly(count),
        _ => HowMany::Any,
    }
}

/// The condition of a row.
pub fn leaf_of(node: &Node) -> Option<Leaf> {
    if let What::Row(leaf) = &node.what { Some(leaf.clone()) } else { None }
}
