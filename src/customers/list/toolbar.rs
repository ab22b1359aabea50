//! Above the table: the filters that are on, and how the table looks.

use super::columns_menu::ColumnsMenu;
use super::filter_sheet::FilterButton;
use super::page::{href, use_list};
use super::{ChipValue, Choices};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::ui::Icon;
use crate::ui::appearance::DensityChoice;
use leptos::prelude::*;

/// The toolbar.
#[component]
pub fn Toolbar() -> impl IntoView {
    view! {
        <div class="toolbar">
            <FilterButton class="btn desk-only"/>
            <Chips/>
            <div class="toolbar-end desk-only">
                <DensityChoice/>
                <ColumnsMenu/>
            </div>
        </div>
    }
}

/// The names that chips show for ids.
fn name_of(choices: &Choices, value: &ChipValue) -> Option<String> {
    fn find<I: PartialEq>(list: &[(I, String)], id: &I) -> Option<String> {
        list.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone())
    }
    match value {
        ChipValue::Group(id) => find(&choices.groups, id),
        ChipValue::Tag(id) => find(&choices.tags, id),
        ChipValue::Branch(id) => find(&choices.branches, id),
        ChipValue::Segment(key) => find(&choices.segments, key),
        _ => None,
    }
}

#[component]
fn Chips() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let currency = use_session().currency;
    let chips = move || {
        Suspend::new(async move {
            let choices = list.choices.await.unwrap_or_default();
            let state = list.state.get();
            let chips = state.chips();
            if chips.is_empty() {
                return ().into_any();
            }
            let clear = href(&state.cleared());
            let items = chips.into_iter().map(|chip| {
                let text = chip.text(l, currency, |value| name_of(&choices, value));
                let label = l.with("list.remove_filter", &[("filter", &text)]);
                view! {
                    <span class="chip">
                        <span class="chip-label"><span class="value">{text}</span></span>
                        <a class="chip-x" href=href(&state.without(&chip.part)) aria-label=label><Icon name="x"/></a>
                    </span>
                }
            });
            view! {
                <div class="chips chips-scroll">
                    {items.collect_view()}
                    <a class="btn btn-sm btn-ghost" href=clear>{l.t("list.clear_filters")}</a>
                </div>
            }
            .into_any()
        })
    };
    view! { <Transition>{chips}</Transition> }
}
