//! The text as a list of blocks: each is edited by itself, moved, copied and taken away.

use super::block::BlockCard;
use super::blocks::{Kind, Shown};
use super::pieces::{Piece, Pieces};
use super::step::Composed;
use crate::base::i18n::use_lang;
use crate::messages::templates::Field;
use crate::ui::{EmptyState, Icon, Undo, use_toasts};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// A block of the list.
#[derive(Clone)]
pub(super) struct Item {
    /// Its own as long as the list is shown.
    pub key: usize,
    /// Outlives the card that shows it, which may be made anew.
    pub source: ArcRwSignal<String>,
    tail: String,
}

/// The blocks; copy it into closures.
#[derive(Clone, Copy)]
pub(super) struct BlockList {
    pub composed: Composed,
    items: RwSignal<Vec<Item>>,
    head: StoredValue<String>,
    /// The body as this list wrote it last: any other was written elsewhere.
    written: StoredValue<String>,
    next: StoredValue<usize>,
}

impl BlockList {
    fn new(composed: Composed) -> Self {
        let list = Self {
            composed,
            items: RwSignal::new(Vec::new()),
            head: StoredValue::new(String::new()),
            written: StoredValue::new(String::new()),
            next: StoredValue::new(0),
        };
        list.read(composed.writing.draft.with_untracked(|draft| draft.body.clone()));
        list
    }

    /// Takes a body apart that was written elsewhere.
    fn read(self, body: String) {
        let pieces = Pieces::read(&body);
        self.head.set_value(pieces.head);
        self.items.set(pieces.pieces.into_iter().map(|piece| self.item(piece)).collect());
        self.written.set_value(body);
    }

    fn item(self, piece: Piece) -> Item {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        Item { key, source: ArcRwSignal::new(piece.source), tail: piece.tail }
    }

    fn pieces(self) -> Pieces {
        let piece = |item: &Item| Piece { source: item.source.get_untracked(), tail: item.tail.clone() };
        Pieces { head: self.head.get_value(), pieces: self.items.with_untracked(|items| items.iter().map(piece).collect()) }
    }

    /// Puts the blocks together to the body.
    pub fn write(self) {
        let body = self.pieces().write();
        self.written.set_value(body.clone());
        self.composed.writing.draft.update(|draft| draft.body = body);
    }

    /// What is wrong in the block of this key.
    pub fn errors(self, key: usize) -> Vec<String> {
        let errors = self.composed.writing.errors.get();
        if errors.iter().all(|error| error.field != Field::Body) {
            return Vec::new();
        }
        let at = self.items.with(|items| items.iter().position(|item| item.key == key));
        let pieces = self.pieces();
        let last = pieces.pieces.len().checked_sub(1);
        let of_body = errors.into_iter().filter(|error| error.field == Field::Body);
        of_body.filter(|error| pieces.at(error.line, error.column).or(last) == at).map(|error| error.message).collect()
    }

    /// Adds an empty block, ready to be filled: below the block of a key, or at the end.
    pub fn add(self, kind: Kind, below: Option<usize>) {
        let source = Shown::always(kind.empty()).write();
        let item = self.item(Piece { source, tail: "\n".into() });
        self.insert(item, below);
    }

    /// Puts a block below another, or at the end, and goes there.
    fn insert(self, item: Item, below: Option<usize>) {
        let key = item.key;
        self.items.update(|items| {
            let at = items.iter().position(|item| Some(item.key) == below).map_or(items.len(), |at| at + 1);
            // Blocks stand on lines of their own.
            if let Some(before) = at.checked_sub(1).and_then(|at| items.get_mut(at)).filter(|before| before.tail.is_empty()) {
                before.tail = "\n".into();
            }
            items.insert(at, item);
        });
        self.write();
        focus(key);
    }

    pub fn copy(self, key: usize) {
        let Some((_, item)) = self.find(key) else { return };
        let tail = if item.tail.is_empty() { "\n".into() } else { item.tail };
        let copy = self.item(Piece { source: item.source.get_untracked(), tail });
        self.insert(copy, Some(key));
    }

    /// One place up, or down.
    pub fn shift(self, key: usize, down: bool) {
        let Some((at, _)) = self.find(key) else { return };
        let count = self.items.with_untracked(Vec::len);
        let to = if down { at + 1 } else { at.wrapping_sub(1) };
        if to >= count {
            return;
        }
        self.items.update(|items| {
            items.swap(at, to);
            // Space belongs to the place, so that moving up and down again changes nothing.
            let tail = std::mem::take(&mut items[at].tail);
            items[at].tail = std::mem::replace(&mut items[to].tail, tail);
        });
        self.write();
    }

    pub fn remove(self, key: usize) -> Option<Undo> {
        let (at, item) = self.find(key)?;
        self.items.update(|items| drop(items.remove(at)));
        self.write();
        Some(Arc::new(move || {
            if self.items.is_disposed() {
                return;
            }
            self.items.update(|items| items.insert(at.min(items.len()), item.clone()));
            self.write();
        }))
    }

    fn find(self, key: usize) -> Option<(usize, Item)> {
        self.items.with_untracked(|items| {
            items.iter().enumerate().find(|(_, item)| item.key == key).map(|(at, item)| (at, item.clone()))
        })
    }

    /// Whether a block is the first, and whether it is the last.
    pub fn ends(self, key: usize) -> (bool, bool) {
        self.items.with(|items| {
            let is = |item: Option<&Item>| item.is_some_and(|item| item.key == key);
            (is(items.first()), is(items.last()))
        })
    }
}

/// To the first field of a block once it stands in the page.
fn focus(key: usize) {
    request_animation_frame(move || {
        let fields = format!("#block-{key} :is(input:not([type=radio]), textarea, [contenteditable])");
        let field = document().query_selector(&fields).ok().flatten();
        let card = document().get_element_by_id(&format!("block-{key}"));
        if let Some(field) = field.or(card).and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = field.focus();
        }
    });
}

/// The blocks, and what can be added.
#[component]
pub(super) fn Blocks(composed: Composed) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let list = BlockList::new(composed);
    let body = composed.writing.draft;
    Effect::new(move |_| {
        let body = body.with(|draft| draft.body.clone());
        if list.written.with_value(|written| *written != body) {
            list.read(body);
        }
    });
    let remove = Callback::new(move |key: usize| {
        if let Some(undo) = list.remove(key) {
            toasts.push(l.t("composer.write.removed"), Some(undo));
        }
    });
    let add = move |kind: Kind| {
        view! {
            <button class="btn btn-sm" type="button" on:click=move |_| list.add(kind, None)><Icon name=kind.icon()/>{l.t(kind.label_key())}</button>
        }
    };
    let is_empty = move || list.items.with(Vec::is_empty);
    view! {
        <Show when=is_empty>
            <EmptyState icon="pencil" title=l.t("composer.write.empty") text=l.t("composer.write.empty_text")/>
        </Show>
        <div class="blocks">
            <For each=move || list.items.get() key=|item| item.key let:item><BlockCard list item remove/></For>
        </div>
        <div class="block-add">
            <span class="label" id="block-add-label">{l.t("composer.write.add")}</span>
            <div class="row" role="group" aria-labelledby="block-add-label">{Kind::ALL.map(add).collect_view()}</div>
        </div>
    }
    .into_any()
}
