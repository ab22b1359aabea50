//! Fields of forms: an input with its label, bound to a text of the form's state, with its error beneath it.

use super::Icon;
use crate::base::AppError;
use crate::base::i18n::{Lang, use_lang};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// One text of a form's state: what it is, and where typing goes.
#[derive(Clone, Copy)]
pub struct Bound {
    value: Signal<String>,
    set: Callback<String>,
}

impl Bound {
    /// Binds one field of a form. Reading goes through a copy of the form, so that one accessor serves both ways.
    pub fn new<T: Clone + Send + Sync + 'static>(form: RwSignal<T>, field: fn(&mut T) -> &mut String) -> Self {
        let read = move || std::mem::take(field(&mut form.get()));
        let write = move |text| form.update(|form| *field(form) = text);
        Self { value: Signal::derive(read), set: Callback::new(write) }
    }

    /// The text, for inputs that are more than a [`TextInput`].
    #[must_use]
    pub fn get(self) -> String {
        self.value.get()
    }

    #[must_use]
    pub fn get_untracked(self) -> String {
        self.value.get_untracked()
    }

    pub fn set(self, text: String) {
        self.set.run(text);
    }
}

/// The failure of the last try to save a form, as its fields see it.
pub type FormError = RwSignal<Option<AppError>>;

/// The text of `error` where it is about this field.
fn about(error: FormError, name: &'static str, l: Lang) -> Option<String> {
    error.with(|error| match error {
        Some(AppError::Invalid { field, message }) if field == name => Some(l.dynamic(message)),
        _ => None,
    })
}

fn about_field(error: Option<&AppError>, name: &str) -> bool {
    matches!(error, Some(AppError::Invalid { field, .. }) if field == name)
}

/// Focuses the control of this id once the page has settled: its form may be busy, and so disabled, until then.
pub fn focus_control(id: String) {
    request_animation_frame(move || {
        let control = document().get_element_by_id(&id).and_then(|control| control.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(control) = control {
            let _ = control.focus();
        }
    });
}

/// For `aria-invalid` of a control: whether the error is about it.
pub fn aria_invalid(error: FormError, name: &'static str) -> impl Fn() -> Option<&'static str> + Copy + Send + Sync {
    move || error.with(|error| about_field(error.as_ref(), name)).then_some("true")
}

/// For `aria-describedby` of a control: its [`FieldError`], while there is one.
pub fn aria_error(
    error: FormError,
    name: &'static str,
    id: impl std::fmt::Display + Send + Sync + 'static,
) -> impl Fn() -> Option<String> + Send + Sync {
    let invalid = aria_invalid(error, name);
    move || invalid().map(|_| format!("{id}-error"))
}

/// The error beneath a field. When it appears, the control gets the focus, which also brings it into view.
#[component]
pub fn FieldError(
    /// The field's; the error's is `{id}-error`.
    #[prop(into)]
    id: String,
    name: &'static str,
    error: FormError,
) -> impl IntoView {
    let l = use_lang();
    let text = Memo::new(move |_| about(error, name, l));
    let control = id.clone();
    Effect::new(move |_| {
        if error.with(|error| about_field(error.as_ref(), name)) {
            focus_control(control.clone());
        }
    });
    move || {
        text.get().map(|text| {
            view! { <p class="error" id=format!("{id}-error") role="alert"><Icon name="alert-circle"/>{text}</p> }
        })
    }
}

/// An error of the whole form: what is not about one of its fields.
#[component]
pub fn FormAlert(error: FormError) -> impl IntoView {
    let l = use_lang();
    let text = move || {
        error.with(|error| match error {
            None | Some(AppError::Invalid { .. }) => None,
            Some(error) => Some(l.error(error)),
        })
    };
    move || {
        text().map(|text| {
            view! {
                <div class="banner" data-tone="bad" role="alert">
                    <Icon name="alert-circle"/>
                    <p class="banner-body">{text}</p>
                </div>
            }
        })
    }
}

/// An input and its error, without a label.
#[component]
pub fn TextInput(
    id: &'static str,
    /// Its name in forms and in errors.
    name: &'static str,
    bound: Bound,
    error: FormError,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(default = "input")] class: &'static str,
    #[prop(optional)] readonly: bool,
    /// Stands before what is typed, as a currency does.
    #[prop(optional, into)]
    affix: String,
) -> impl IntoView {
    let input = view! {
        <input
            class=class
            id=id
            name=name
            type=kind
            autocomplete=autocomplete
            dir="auto"
            readonly=readonly
            value=bound.value.get_untracked()
            prop:value=move || bound.value.get()
            on:input=move |event| bound.set.run(event_target_value(&event))
            aria-invalid=aria_invalid(error, name)
            aria-describedby=aria_error(error, name, id)
        />
    };
    let input = if affix.is_empty() {
        input.into_any()
    } else {
        view! { <div class="input-group"><span class="affix">{affix}</span>{input}</div> }.into_any()
    };
    view! {
        {input}
        <FieldError id name error/>
    }
}

/// An input with its label above and its error beneath.
#[component]
pub fn TextField(
    id: &'static str,
    name: &'static str,
    #[prop(into)] label: String,
    bound: Bound,
    error: FormError,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    /// Says beside the label that it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// Takes the whole width of its grid.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    let l = use_lang();
    view! {
        <div class=if wide { "field wide" } else { "field" }>
            <label class="label" for=id>
                {label}
                {optional.then(|| view! { " " <span class="label-note">{l.t("ui.optional")}</span> })}
            </label>
            <TextInput id name bound error kind autocomplete/>
        </div>
    }
}

/// A switch with its words beside it.
#[component]
pub fn Switch(
    #[prop(into)] checked: Signal<bool>,
    on_change: Callback<bool>,
    #[prop(optional)] disabled: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                class="switch"
                role="switch"
                disabled=disabled
                checked=checked.get_untracked()
                prop:checked=move || checked.get()
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
            <span>{children()}</span>
        </label>
    }
}
