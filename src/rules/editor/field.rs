//! The editor as forms see it: a field with a label. Until its code is there, and without scripts, it is a plain field of text.

use super::writing::Writing;
use crate::app::use_session;
use crate::ui::{FieldError, FormError, aria_invalid, later_or};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_split_helpers::wasm_split;

/// What the editor is of; its own `text` outlives it.
#[derive(Clone)]
pub(super) struct Field {
    pub text: RwSignal<String>,
    pub id: &'static str,
    pub name: &'static str,
    pub label: String,
    pub error: FormError,
}

/// A field whose text is a rule, with all that helps to write one. The text follows what is typed and clicked, and may be set
/// from outside. An empty one is everyone.
#[component]
pub fn RuleEditor(
    text: RwSignal<String>,
    id: &'static str,
    /// Its name in forms and in errors.
    #[prop(default = "rule")]
    name: &'static str,
    #[prop(into)] label: String,
    /// The failure of the last try to save the form.
    #[prop(optional)]
    error: Option<FormError>,
) -> impl IntoView {
    let error = error.unwrap_or_else(|| FormError::new(None));
    let field = StoredValue::new(Field { text, id, name, label, error });
    let is_alive = RwSignal::new(false);
    Effect::new(move |_| {
        if let Some(typed) = typed_early(id).filter(|typed| text.with_untracked(|text| text != typed)) {
            text.set(typed);
        }
        is_alive.set(true);
    });
    let plain = move || view! { <Plain field=field.get_value()/> }.into_any();
    move || {
        if is_alive.get() { later_or(plain.into(), || true, move || editor(field.get_value())) } else { plain() }
    }
}

#[wasm_split(rules)]
fn editor(field: Field) -> AnyView {
    let currency = use_session().currency;
    view! { <Writing field currency/> }.into_any()
}

/// What somebody typed before the page came alive.
fn typed_early(id: &str) -> Option<String> {
    Some(document().get_element_by_id(id)?.dyn_into::<web_sys::HtmlTextAreaElement>().ok()?.value())
}

#[component]
fn Plain(field: Field) -> impl IntoView {
    let Field { text, id, name, label, error } = field;
    view! {
        <div class="field rule-editor">
            <label class="label" for=id>{label}</label>
            <textarea
                class="input rule-text"
                id=id
                name=name
                rows="3"
                spellcheck="false"
                autocapitalize="none"
                aria-invalid=aria_invalid(error, name)
                prop:value=text
                on:input=move |event| text.set(event_target_value(&event))
            >
                {text.get_untracked()}
            </textarea>
            <FieldError id name error/>
        </div>
    }
}
