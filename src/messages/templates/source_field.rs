//! A field of a template's source: what is wrong in it at its place, and what may come at the cursor.

use super::writing::Writing;
use super::{Draft, Field, TemplateError, VariableView};
use crate::base::i18n::use_lang;
use crate::ui::{Icon, use_toasts};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

/// What the completion offers at most.
const OFFERED: usize = 8;

/// Blocks that one can put in: a messages key, and their source. `‸` is where the cursor goes.
const BLOCKS: &[(&str, &str)] = &[
    ("templates.block.heading", "<h2>‸</h2>\n"),
    ("templates.block.text", "<p>‸</p>\n"),
    ("templates.block.button", "<p><a class=\"button\" href=\"https://‸\">…</a></p>\n"),
    ("templates.block.image", "<p><img src=\"https://‸\" alt=\"\" width=\"536\"></p>\n"),
    (
        "templates.block.products",
        "{% for product in products %}\n<table class=\"product\"><tbody><tr>\n<td>{{ product.name }}‸</td><td class=\"amount\">{{ product.price }}</td>\n</tr></tbody></table>\n{% endfor %}\n",
    ),
    (
        "templates.block.coupon",
        "<div class=\"coupon\">\n<p class=\"muted\">‸</p>\n<p class=\"code\">{{ coupon.code | default(\"\") }}</p>\n</div>\n",
    ),
    ("templates.block.condition", "{% if ‸ %}\n<p></p>\n{% endif %}\n"),
    ("templates.block.line", "<hr>\n"),
];

/// The part of a draft that a field shows.
fn read(draft: &Draft, field: Field) -> String {
    match field {
        Field::Subject => draft.subject.clone(),
        Field::Preheader => draft.preheader.clone(),
        Field::Body => draft.body.clone(),
        Field::Text => draft.text.clone().unwrap_or_default(),
    }
}

fn write(draft: &mut Draft, field: Field, text: String) {
    match field {
        Field::Subject => draft.subject = text,
        Field::Preheader => draft.preheader = text,
        Field::Body => draft.body = text,
        Field::Text => draft.text = Some(text),
    }
}

/// What is being completed: how many characters of a name stand before the cursor, and what it could be.
#[derive(Clone, Debug, Default, PartialEq)]
struct Offer {
    typed: u32,
    items: Vec<(String, String)>,
    chosen: usize,
}

/// The field's state; copy it into closures.
#[derive(Clone, Copy)]
struct Source {
    writing: Writing,
    field: Field,
    node: NodeRef<html::Textarea>,
    offer: RwSignal<Offer>,
}

impl Source {
    fn set(self, text: String) {
        self.writing.draft.update(|draft| write(draft, self.field, text));
    }

    /// Puts `text` in place of the characters from `start` to `end`, as the browser counts them, and the cursor behind it or at its `‸`.
    fn put(self, start: u32, end: u32, text: &str) {
        let Some(node) = self.node.get_untracked() else { return };
        let at = text.split('‸').next().map_or(0, |before| before.encode_utf16().count());
        let text = text.replacen('‸', "", 1);
        // Goes through the browser, so that it can be undone with the keyboard.
        let _ = node.focus();
        let _ = node.set_range_text_with_start_and_end(&text, start, end);
        let cursor = start + u32::try_from(at).unwrap_or(0);
        let _ = node.set_selection_range(cursor, cursor);
        self.set(node.value());
        self.offer.set(Offer::default());
    }

    fn insert(self, text: &str) {
        let Some(node) = self.node.get_untracked() else { return };
        let (start, end) = (node.selection_start().ok().flatten(), node.selection_end().ok().flatten());
        let last = u32::try_from(node.value().encode_utf16().count()).unwrap_or(0);
        self.put(start.unwrap_or(last), end.unwrap_or(last), text);
    }

    /// Offers what may come at the cursor.
    fn offer(self) {
        let Some(node) = self.node.get_untracked() else { return };
        let cursor = node.selection_start().ok().flatten().unwrap_or(0) as usize;
        let before: Vec<u16> = node.value().encode_utf16().take(cursor).collect();
        let before = String::from_utf16_lossy(&before);
        let offer = self.writing.vocabulary.with_untracked(|words| completion(&before, &words.variables, &words.filters));
        self.offer.set(offer.unwrap_or_default());
    }

    fn accept(self, at: usize) {
        let Some((name, typed)) = self.offer.with_untracked(|offer| Some((offer.items.get(at)?.0.clone(), offer.typed))) else {
            return;
        };
        let cursor = self.node.get_untracked().and_then(|node| node.selection_start().ok().flatten()).unwrap_or(0);
        self.put(cursor.saturating_sub(typed), cursor, &name);
    }

    fn on_key(self, event: &KeyboardEvent) {
        let (count, chosen) = self.offer.with_untracked(|offer| (offer.items.len(), offer.chosen));
        if count == 0 {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => self.offer.update(|offer| offer.chosen = (chosen + 1) % count),
            "ArrowUp" => self.offer.update(|offer| offer.chosen = (chosen + count - 1) % count),
            "Enter" | "Tab" if !event.shift_key() => self.accept(chosen),
            "Escape" => self.offer.set(Offer::default()),
            _ => return,
        }
        event.prevent_default();
    }

    /// Selects the place of an error.
    fn show(self, error: &TemplateError) {
        let Some(node) = self.node.get_untracked() else { return };
        let at = place(&node.value(), error.line, error.column);
        let _ = node.focus();
        let _ = node.set_selection_range(at, at + 1);
    }

    /// Puts what was probably meant in the place of the word there.
    fn mend(self, error: &TemplateError, suggestion: &str) {
        let Some(node) = self.node.get_untracked() else { return };
        let at = place(&node.value(), error.line, error.column);
        let rest: String = String::from_utf16_lossy(&node.value().encode_utf16().skip(at as usize).collect::<Vec<_>>());
        let word = rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.')).count();
        self.put(at, at + u32::try_from(word).unwrap_or(0), suggestion);
    }
}

/// Where a line and column are, as the browser counts.
fn place(text: &str, line: u32, column: u32) -> u32 {
    let before: usize =
        text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(|line| line.encode_utf16().count()).sum();
    let of_line = text.split('\n').nth(line.saturating_sub(1) as usize).unwrap_or_default();
    let within: usize = of_line.chars().take(column.saturating_sub(1) as usize).map(char::len_utf16).sum();
    u32::try_from(before + within).unwrap_or(0)
}

/// What may come after `before`, within a template tag.
fn completion(before: &str, variables: &[VariableView], filters: &[String]) -> Option<Offer> {
    let open = before.rfind("{{").max(before.rfind("{%"))?;
    let inner = &before[open + 2..];
    if inner.contains("}}") || inner.contains("%}") {
        return None;
    }
    let word: String = inner.chars().rev().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')).collect();
    let word: String = word.chars().rev().collect::<String>().to_ascii_lowercase();
    let is_filter = inner[..inner.len() - word.len()].trim_end().ends_with('|');
    let items: Vec<(String, String)> = if is_filter {
        filters.iter().filter(|name| name.starts_with(&word)).map(|name| (name.clone(), String::new())).collect()
    } else {
        let fits = |variable: &&VariableView| {
            variable.name != word && (variable.name.starts_with(&word) || variable.label.to_lowercase().contains(&word))
        };
        // Fields of lists are those of a loop's own name.
        let whole = variables.iter().filter(|variable| !is_field(variable, variables));
        whole.filter(fits).map(|variable| (variable.name.clone(), variable.label.clone())).collect()
    };
    let items: Vec<_> = items.into_iter().take(OFFERED).collect();
    (!items.is_empty()).then(|| Offer { typed: u32::try_from(word.len()).unwrap_or(0), items, chosen: 0 })
}

fn is_field(variable: &VariableView, variables: &[VariableView]) -> bool {
    let list = variable.name.rsplit_once('.').map(|(list, _)| list);
    list.is_some_and(|list| variables.iter().any(|other| other.kind == "list" && other.name == list))
}

/// The variables that can be filled in as they are: no lists, and no fields of lists.
#[must_use]
pub fn plain_variables(variables: &[VariableView]) -> Vec<VariableView> {
    let plain = |variable: &&VariableView| variable.kind != "list" && !is_field(variable, variables);
    variables.iter().filter(plain).cloned().collect()
}

/// The template tag that fills in a variable; `‸` is where the cursor goes.
#[must_use]
pub fn tag(variable: &VariableView) -> String {
    match variable.can_be_missing {
        true => format!("{{{{ {} | default(\"‸\") }}}}", variable.name),
        false => format!("{{{{ {} }}}}‸", variable.name),
    }
}

/// A field with its label, its errors, and for longer ones what can be put in.
#[component]
pub fn SourceField(writing: Writing, field: Field, rows: u32) -> impl IntoView {
    let l = use_lang();
    let source = Source { writing, field, node: NodeRef::new(), offer: RwSignal::new(Offer::default()) };
    let id = format!("template-{}", field.code());
    let list = format!("{id}-offers");
    let errors = Memo::new(move |_| {
        writing.errors.with(|errors| errors.iter().filter(|error| error.field == field).cloned().collect::<Vec<_>>())
    });
    let is_open = move || source.offer.with(|offer| !offer.items.is_empty());
    let class = if rows > 1 { "input template-source" } else { "input template-line" };
    let (list_of, active_of, errors_of) = (list.clone(), list.clone(), id.clone());
    let insert = (field == Field::Body).then(|| view! { <Insert source/> });
    view! {
        <div class="field template-field">
            <div class="template-label">
                <label class="label" for=id.clone()>{l.t(field.label_key())}</label>
                {insert}
            </div>
            <textarea
                class=class
                id=id.clone()
                name=field.code()
                rows=rows
                spellcheck="false"
                dir="auto"
                node_ref=source.node
                prop:value=move || writing.draft.with(|draft| read(draft, field))
                aria-autocomplete="list"
                aria-controls=move || is_open().then(|| list_of.clone())
                aria-activedescendant=move || is_open().then(|| format!("{active_of}-{}", source.offer.with(|offer| offer.chosen)))
                aria-invalid=move || errors.with(|errors| !errors.is_empty()).then_some("true")
                aria-describedby=move || errors.with(|errors| !errors.is_empty()).then(|| format!("{errors_of}-errors"))
                on:input=move |event| {
                    source.set(event_target_value(&event));
                    source.offer();
                }
                on:keydown=move |event| source.on_key(&event)
                on:blur=move |_| source.offer.set(Offer::default())
            >
                {writing.draft.with_untracked(|draft| read(draft, field))}
            </textarea>
            <Offers source list/>
            <div id=format!("{id}-errors") role="status">
                <ul class="template-errors">
                    {move || errors.get().into_iter().map(|error| view! { <ErrorLine source error/> }).collect_view()}
                </ul>
            </div>
        </div>
    }
    .into_any()
}

/// What may come at the cursor.
#[component]
fn Offers(source: Source, list: String) -> impl IntoView {
    let l = use_lang();
    move || {
        let Offer { items, chosen, .. } = source.offer.get();
        let list = list.clone();
        (!items.is_empty()).then(|| {
            let id = list.clone();
            let option = move |(at, (name, label)): (usize, (String, String))| {
                // Before the field loses the focus.
                let take = move |event: leptos::ev::MouseEvent| {
                    event.prevent_default();
                    source.accept(at);
                };
                view! {
                    <li class="template-offer" role="option" id=format!("{list}-{at}") aria-selected=(at == chosen).to_string() on:mousedown=take>
                        <code>{name}</code> <span class="dim">{label}</span>
                    </li>
                }
            };
            view! {
                <ul class="template-offers" id=id role="listbox" aria-label=l.t("templates.offers")>
                    {items.into_iter().enumerate().map(option).collect_view()}
                </ul>
            }
        })
    }
}

/// One thing that is wrong: where, what, and what was probably meant.
#[component]
fn ErrorLine(source: Source, error: TemplateError) -> impl IntoView {
    let l = use_lang();
    let text = l.dynamic(&error.message);
    let at = l.with("templates.at", &[("line", &error.line), ("column", &error.column)]);
    let mend = error.suggestion.clone().filter(|suggestion| !suggestion.starts_with('<') && !suggestion.contains("%}")).map(
        |suggestion| {
            let (error, label) = (error.clone(), l.with("templates.use_instead", &[("text", &suggestion)]));
            view! { <button class="btn btn-sm" type="button" on:click=move |_| source.mend(&error, &suggestion)>{label}</button> }
        },
    );
    let hint = error.suggestion.clone().filter(|_| mend.is_none()).map(|text| view! { <code class="code">{text}</code> });
    let place = error.clone();
    view! {
        <li class="error">
            <Icon name="alert-circle"/>
            <span><button class="link" type="button" on:click=move |_| source.show(&place)>{at}</button> " " {text} " " {hint} {mend}</span>
        </li>
    }
    .into_any()
}

/// What can be put into the body at the cursor: blocks and variables.
#[component]
fn Insert(source: Source) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let block = move |(label, text): &'static (&'static str, &'static str)| {
        let needs = [("products", "products"), ("coupon.code", "coupon")];
        let lacks = needs.into_iter().any(|(name, word)| {
            label.ends_with(word)
                && source.writing.vocabulary.with_untracked(|words| !words.variables.iter().any(|v| v.name == name))
        });
        let put = move |_| {
            source.insert(text);
            toasts.say(l.dynamic(label));
        };
        (!lacks).then(|| view! { <button class="menu-item" type="button" on:click=put>{l.dynamic(label)}</button> })
    };
    let variable = move |variable: VariableView| {
        let text = tag(&variable);
        view! {
            <button class="menu-item template-variable" type="button" on:click=move |_| source.insert(&text)>
                <span>{variable.label}</span> <span class="dim">{variable.sample}</span>
            </button>
        }
    };
    let variables = source.writing.vocabulary.with_untracked(|words| plain_variables(&words.variables));
    view! {
        <span class="template-inserts">
            <details class="dropdown">
                <summary class="btn btn-sm"><Icon name="plus"/>{l.t("templates.blocks")}</summary>
                <div class="menu menu-end">{BLOCKS.iter().map(block).collect_view()}</div>
            </details>
            <details class="dropdown">
                <summary class="btn btn-sm"><Icon name="tag"/>{l.t("templates.variables")}</summary>
                <div class="menu menu-end template-variables">{variables.into_iter().map(variable).collect_view()}</div>
            </details>
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str, kind: &str) -> VariableView {
        VariableView {
            name: name.into(),
            label: "First name".into(),
            kind: kind.into(),
            sample: String::new(),
            can_be_missing: false,
        }
    }

    #[test]
    fn names_are_completed_within_tags() {
        let variables =
            [variable("customer.first_name", "text"), variable("products", "list"), variable("products.name", "text")];
        let filters = ["default".to_owned(), "upper".to_owned()];
        let offered = |before: &str| {
            completion(before, &variables, &filters)
                .map(|offer| (offer.typed, offer.items.into_iter().map(|item| item.0).collect::<Vec<_>>()))
        };
        assert_eq!(offered("Hello {{ cus"), Some((3, vec!["customer.first_name".to_owned()])));
        assert_eq!(offered("{% for p in prod"), Some((4, vec!["products".to_owned()])));
        assert_eq!(offered("{{ a }} {{ x | d"), Some((1, vec!["default".to_owned()])));
        assert_eq!(offered("{{ customer.first_name }} cus"), None);
        assert_eq!(offered("cus"), None);
    }

    #[test]
    fn places_are_counted_as_browsers_do() {
        assert_eq!([place("a\nbc", 2, 2), place("😀x\ny", 1, 2), place("😀\ny", 2, 1), place("a", 9, 9)], [3, 2, 3, 1]);
    }
}
