//! Changes as staff read them.

use super::Change;
use crate::base::i18n::{Lang, use_lang};
use crate::ui::Icon;
use leptos::prelude::*;

/// One field's change a line: what it was, struck out, and what it is.
#[component]
pub fn ChangeList(changes: Vec<Change>) -> impl IntoView {
    let l = use_lang();
    changes.into_iter().map(|change| diff(change, l)).collect_view()
}

fn diff(change: Change, l: Lang) -> impl IntoView {
    let value = |text: String| match text.as_str() {
        "true" => l.t("ui.yes").to_owned(),
        "false" => l.t("ui.no").to_owned(),
        _ => text,
    };
    let (before, after) = (value(change.before), value(change.after));
    let both = !before.is_empty() && !after.is_empty();
    view! {
        <div>
            <span class="dim">{l.dynamic(&format!("field.{}", change.field))} ": "</span>
            <span class="diff">
                {(!before.is_empty()).then(|| view! { <del class="diff-old" dir="auto">{before}</del> })}
                {both.then(|| view! { <Icon name="arrow-right"/> })}
                {(!after.is_empty()).then(|| view! { <ins class="diff-new" dir="auto">{after}</ins> })}
            </span>
        </div>
    }
}
