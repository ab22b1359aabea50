//! The fields of blocks.

use super::block_list::{BlockList, Item};
use super::blocks::{Block, Kind, Shown};
use crate::base::i18n::use_lang;
use leptos::prelude::*;

/// A block while it is edited; copy it into closures.
#[derive(Clone, Copy)]
pub(super) struct Filled {
    pub list: BlockList,
    pub key: usize,
    /// Stays what it is as long as the card is shown, whatever is typed.
    pub kind: Kind,
    pub shown: RwSignal<Shown>,
    source: RwSignal<ArcRwSignal<String>>,
}

/// Finds a text in a block.
pub(super) type At = fn(&mut Block) -> Option<&mut String>;

impl Filled {
    pub fn new(list: BlockList, item: &Item) -> Self {
        let shown = Shown::read(&item.source.get_untracked());
        let kind = Kind::of(&shown);
        Self { list, key: item.key, kind, shown: RwSignal::new(shown), source: RwSignal::new(item.source.clone()) }
    }

    /// Changes what the block says, and with it the body.
    pub fn change(self, change: impl FnOnce(&mut Shown)) {
        self.shown.update(change);
        self.source.with_untracked(|source| source.set(self.shown.with_untracked(Shown::write)));
        self.list.write();
    }

    fn text(self, at: At) -> String {
        self.shown.with(|shown| at(&mut shown.block.clone()).map(std::mem::take)).unwrap_or_default()
    }

    fn set(self, at: At, text: String) {
        self.change(|shown| {
            if let Some(place) = at(&mut shown.block) {
                *place = text;
            }
        });
    }
}

/// One line of a block.
#[component]
pub(super) fn LineField(
    filled: Filled,
    name: &'static str,
    /// The key of its label.
    label: &'static str,
    at: At,
    /// The id of what is offered.
    #[prop(optional, into)]
    options: Option<String>,
) -> impl IntoView {
    let l = use_lang();
    let id = format!("block-{}-{name}", filled.key);
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{l.dynamic(label)}</label>
            <input
                class="input"
                id=id
                name=name
                dir="auto"
                autocomplete="off"
                list=options
                prop:value=move || filled.text(at)
                on:input=move |event| filled.set(at, event_target_value(&event))
            />
        </div>
    }
    .into_any()
}
