//! The text itself: what may come next is offered in a list beneath it, and what is wrong is underlined and said.
//!
//! The field stays a plain field of text to the keyboard and to screen readers. The list opens while one types, or by Ctrl and Space;
//! arrows move in it, Enter takes what is chosen, Escape closes it. Nothing is chosen before something is typed of it, so that
//! Enter still begins a new line.

use super::Offer;
use super::api::offer_rule_values;
use super::field::Field;
use super::live::Live;
use super::place;
use crate::base::i18n::{Lang, use_lang};
use crate::rules::fields::Values;
use crate::rules::{Completion, ParseError, complete, write_value};
use crate::ui::aria_error;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;

/// Lines of the list.
const MOST: usize = 40;

/// One line of the list.
#[derive(Clone, PartialEq)]
struct Choice {
    text: String,
    label: String,
}

/// The list beneath the text; copy it into closures.
#[derive(Clone, Copy)]
struct Menu {
    live: Live,
    input: NodeRef<html::Textarea>,
    completion: RwSignal<Completion>,
    choices: Memo<Vec<Choice>>,
    at: RwSignal<Option<usize>>,
    open: RwSignal<bool>,
    /// The values are on their way; those that are there go on with what was typed before.
    waiting: RwSignal<bool>,
    /// Enter was pressed before they came: the first of them is taken.
    hurried: RwSignal<bool>,
}

impl Menu {
    fn new(live: Live, l: Lang) -> Self {
        let (completion, offers) = (RwSignal::new(Completion::default()), RwSignal::new(Vec::new()));
        let menu = Self {
            live,
            input: NodeRef::new(),
            completion,
            choices: Memo::new(move |_| completion.with(|completion| offers.with(|offers| choices(l, completion, offers)))),
            at: RwSignal::new(None),
            open: RwSignal::new(false),
            waiting: RwSignal::new(false),
            hurried: RwSignal::new(false),
        };
        let wanted = Memo::new(move |_| if menu.open.get() { completion.with(wanted_values) } else { None });
        Effect::new(move |_| {
            let Some((values, field, typed)) = wanted.get() else {
                menu.waiting.set(false);
                return offers.set(Vec::new());
            };
            menu.waiting.set(true);
            // The next run of the effect drops the question.
            spawn_local_scoped_with_cancellation(async move {
                // Without them there are still the words.
                offers.set(offer_rule_values(values, field, typed).await.unwrap_or_default());
                menu.waiting.set(false);
                if menu.hurried.get_untracked() {
                    menu.take(0);
                }
            });
        });
        menu
    }

    fn is_shown(self) -> bool {
        self.open.get() && self.choices.with(|choices| !choices.is_empty())
    }

    /// Looks what may come at the cursor.
    fn look(self) {
        let Some(input) = self.input.get_untracked() else { return };
        let cursor = input.selection_start().ok().flatten().unwrap_or_default() as usize;
        let found = self.live.text.with_untracked(|text| complete(text, place::bytes(text, cursor), self.live.currency));
        self.hurried.set(false);
        self.at.set((!found.typed.is_empty()).then_some(0));
        self.completion.set(found);
        self.open.set(true);
    }

    fn step(self, by: isize) {
        let count = self.choices.with_untracked(Vec::len);
        let next = match self.at.get_untracked() {
            Some(at) => (at + count).wrapping_add_signed(by) % count.max(1),
            None if by > 0 => 0,
            None => count.saturating_sub(1),
        };
        self.at.set(Some(next));
        scroll_to(next);
    }

    /// Writes a choice in the place of what was typed of it, and offers what may follow.
    fn take(self, at: usize) {
        let Some(choice) = self.choices.with_untracked(|choices| choices.get(at).cloned()) else { return };
        let (from, to) = self.completion.with_untracked(|completion| (completion.from, completion.to));
        let goes_on = self.live.text.with_untracked(|text| place::parts(text, to, to).2.starts_with(char::is_whitespace));
        let space = if goes_on || choice.text.ends_with(['.', '(']) { "" } else { " " };
        let (text, end) =
            self.live.text.with_untracked(|text| place::replaced(text, from, to, &format!("{}{space}", choice.text)));
        self.write(text, end);
        self.look();
    }

    /// Sets the text and the cursor, a place in bytes.
    fn write(self, text: String, cursor: usize) {
        let Some(input) = self.input.get_untracked() else { return };
        let cursor = u32::try_from(place::units(&text, cursor)).unwrap_or(u32::MAX);
        input.set_value(&text);
        let _ = input.focus();
        let _ = input.set_selection_range(cursor, cursor);
        self.live.text.set(text);
    }

    fn on_key(self, event: &KeyboardEvent) {
        let shown = untrack(|| self.is_shown());
        match event.key().as_str() {
            " " if event.ctrl_key() => self.look(),
            "ArrowDown" if shown => self.step(1),
            "ArrowUp" if shown => self.step(-1),
            "Enter" if self.waiting.get_untracked() && self.at.get_untracked() == Some(0) => self.hurried.set(true),
            "Enter" if shown && !event.shift_key() => match self.at.get_untracked() {
                Some(at) => self.take(at),
                None => return,
            },
            "Escape" if shown => {
                self.open.set(false);
                // Neither closes a dialog that the field stands in.
                event.stop_propagation();
            }
            "ArrowLeft" | "ArrowRight" | "Home" | "End" => return self.open.set(false),
            _ => return,
        }
        event.prevent_default();
    }
}

/// What the database is asked for.
fn wanted_values(completion: &Completion) -> Option<(Values, Option<String>, String)> {
    let values = completion.values.filter(|values| !matches!(values, Values::Free | Values::Codes(_)))?;
    Some((values, completion.custom_field.clone(), completion.typed.clone()))
}

fn choices(l: Lang, completion: &Completion, offers: &[Offer]) -> Vec<Choice> {
    let offers = offers.iter().map(|offer| Choice { text: write_value(&offer.value), label: offer.label.clone() });
    let words = completion.words.iter().map(|word| {
        let label = if word.label_key.is_empty() { String::new() } else { l.dynamic(&word.label_key) };
        Choice { text: word.text.clone(), label }
    });
    offers.chain(words).take(MOST).collect()
}

fn scroll_to(line: usize) {
    request_animation_frame(move || {
        if let Some(line) = document().get_element_by_id(&format!("rule-choice-{line}")) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            line.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
}

/// The field of text.
#[component]
pub fn Text(field: Field, live: Live) -> impl IntoView {
    let l = use_lang();
    let Field { text, id, name, error, .. } = field;
    let menu = Menu::new(live, l);
    let list = format!("{id}-list");
    let active = move || menu.at.get().filter(|_| menu.is_shown()).map(|at| format!("rule-choice-{at}"));
    let is_wrong = move || live.wrong().is_some() || error.with(Option::is_some);
    let form_error = aria_error(error, name, id);
    let described = move || {
        let wrong = live.wrong().map(|_| format!("{id}-wrong"));
        let all: Vec<String> = [wrong, form_error(), Some(format!("{id}-hint"))].into_iter().flatten().collect();
        all.join(" ")
    };
    let said = move || match menu.choices.with(Vec::len) {
        count if menu.is_shown() => l.count("rules.editor.choices", i64::try_from(count).unwrap_or(i64::MAX)),
        _ => String::new(),
    };
    view! {
        <div class="rule-box">
            <Marks live/>
            <textarea
                class="input rule-text"
                node_ref=menu.input
                id=id
                name=name
                rows="3"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="none"
                aria-autocomplete="list"
                aria-haspopup="listbox"
                aria-controls=list.clone()
                aria-activedescendant=active
                aria-invalid=move || is_wrong().then_some("true")
                aria-describedby=described
                aria-keyshortcuts="Control+Space"
                prop:value=text
                on:input=move |event| {
                    text.set(event_target_value(&event));
                    menu.look();
                }
                on:keydown=move |event| menu.on_key(&event)
                on:click=move |_| menu.open.set(false)
                on:blur=move |_| menu.open.set(false)
            >
                {text.get_untracked()}
            </textarea>
            <div class="menu rule-menu" hidden=move || !menu.is_shown()>
                <ul id=list role="listbox" aria-label=l.t("rules.editor.list")>
                    {move || menu.choices.get().into_iter().enumerate().map(|(n, choice)| choice_view(menu, n, choice)).collect_view()}
                </ul>
            </div>
        </div>
        <p class="hint" id=format!("{id}-hint")>{l.t("rules.editor.hint")}</p>
        <p class="sr-only" role="status">{said}</p>
    }
}

fn choice_view(menu: Menu, n: usize, choice: Choice) -> AnyView {
    view! {
        <li
            class="menu-item rule-choice"
            id=format!("rule-choice-{n}")
            role="option"
            aria-selected=move || if menu.at.get() == Some(n) { "true" } else { "false" }
            // Before the field loses the focus.
            on:mousedown=move |event| {
                event.prevent_default();
                menu.take(n);
            }
        >
            <span class="rule-word">{choice.text}</span>
            <span class="dim truncate">{choice.label}</span>
        </li>
    }
    .into_any()
}

/// The same text behind the field, which gives it its height, with what is wrong underlined.
#[component]
fn Marks(live: Live) -> impl IntoView {
    let marked = move || {
        let text = live.text.get();
        let Some(ParseError { from, to, .. }) = live.wrong() else { return format!("{text}\u{200b}").into_any() };
        let (before, at, after) = place::parts(&text, from, to);
        // Something is missing there: its place is shown.
        let at = if at.is_empty() { "\u{a0}".to_owned() } else { at.to_owned() };
        view! { {before.to_owned()}<mark class="rule-wrong">{at}</mark>{format!("{after}\u{200b}")} }.into_any()
    };
    view! { <div class="rule-marks" aria-hidden="true">{marked}</div> }
}
