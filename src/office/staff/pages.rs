//! The pages before login: log in, first run, accept an invitation. Plain forms, so that they work without scripts.

use crate::app::use_session;
use crate::base::AppError;
use crate::base::i18n::use_lang;
use crate::ui::{Icon, lazy_page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

#[component]
fn Frame(title: &'static str, children: Children) -> impl IntoView {
    let l = use_lang();
    let shop = use_session().shop_name;
    view! {
        <Title text=l.t(title)/>
        <main class="login" id="main">
            <div class="login-box">
                <p class="login-brand">
                    <svg class="brand-mark" aria-hidden="true"><use href="/icons.svg#mark"></use></svg>
                    <span>{shop}</span>
                </p>
                <div class="login-card">
                    <h1 class="login-title">{l.t(title)}</h1>
                    {children()}
                </div>
            </div>
        </main>
    }
}

/// The error that the form's URL brings back, beside the field it is about.
#[component]
fn FormError(field: &'static str) -> impl IntoView {
    let l = use_lang();
    let query = use_query_map();
    let text = move || {
        let query = query.get();
        let key = query.get("error")?;
        let about = query.get("field").unwrap_or_else(|| "password".into());
        // Only texts of ours: the URL is anybody's.
        let known = ["login.", "staff.", "error."].iter().any(|prefix| key.starts_with(prefix));
        (about == field && known).then(|| l.with(&key, &[("seconds", &query.get("wait").unwrap_or_default())]))
    };
    move || {
        text().map(|text| {
            view! {
                <p class="error" id=format!("{field}-error") role="alert"><Icon name="alert-circle"/>{text}</p>
            }
        })
    }
}

#[component]
fn TextField(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    #[prop(optional)] hint: &'static str,
) -> impl IntoView {
    let l = use_lang();
    let value = use_query_map().with_untracked(|query| query.get(name)).filter(|_| kind != "password").unwrap_or_default();
    let invalid = use_query_map()
        .with_untracked(|query| query.get("error").is_some() && query.get("field").unwrap_or_else(|| "password".into()) == name);
    view! {
        <div class="field">
            <label class="label" for=name>{l.t(label)}</label>
            <input
                class="input"
                id=name
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                required
                aria-invalid=invalid.then_some("true")
                aria-describedby=invalid.then(|| format!("{name}-error"))
            />
            {(!hint.is_empty()).then(|| view! { <p class="hint">{l.t(hint)}</p> })}
            <FormError field=name/>
        </div>
    }
}

lazy_page!(
    /// `/login`.
    LogInRoute,
    login,
    log_in_view
);

fn log_in_view() -> AnyView {
    view! { <LogInPage/> }.into_any()
}

#[component]
fn LogInPage() -> impl IntoView {
    let l = use_lang();
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default();
    let ended = use_query_map().with_untracked(|query| query.get("ended").is_some());
    view! {
        <Frame title="login.title">
            <form method="post" action="/login" class="stack">
                {ended.then(|| view! { <p class="soft" role="status">{l.t("login.ended")}</p> })}
                <input type="hidden" name="next" value=next/>
                <TextField name="email" label="login.email" kind="email" autocomplete="username"/>
                <TextField name="password" label="login.password" kind="password" autocomplete="current-password"/>
                <button class="btn btn-primary btn-block" type="submit">{l.t("login.submit")}</button>
            </form>
        </Frame>
    }
}

lazy_page!(
    /// `/setup`: the first run makes the owner.
    SetUpRoute,
    login,
    set_up_view
);

fn set_up_view() -> AnyView {
    view! { <SetUpPage/> }.into_any()
}

#[component]
fn SetUpPage() -> impl IntoView {
    let l = use_lang();
    view! {
        <Frame title="setup.title">
            <p class="soft">{l.t("setup.text")}</p>
            <form method="post" action="/setup" class="stack">
                <TextField name="name" label="setup.name" kind="text" autocomplete="name"/>
                <TextField name="email" label="login.email" kind="email" autocomplete="username"/>
                <TextField name="password" label="login.password" kind="password" autocomplete="new-password" hint="setup.password_hint"/>
                <button class="btn btn-primary btn-block" type="submit">{l.t("setup.submit")}</button>
            </form>
        </Frame>
    }
}

lazy_page!(
    /// `/invite/{token}`: sets the first password, or says that the link no longer works.
    InviteRoute,
    login,
    invite_view
);

fn invite_view() -> AnyView {
    view! { <InvitePage/> }.into_any()
}

#[component]
fn InvitePage() -> impl IntoView {
    let l = use_lang();
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    // The browser is told by the page.
    if !SharedValue::new_str(invitation_holds).into_inner() {
        AppError::NotFound.answer();
        return view! {
            <Frame title="invite.gone_title">
                <p class="soft">{l.t("invite.gone")}</p>
                <a class="btn btn-block" href="/login" rel="external">{l.t("login.title")}</a>
            </Frame>
        }
        .into_any();
    }
    view! {
        <Frame title="invite.title">
            <p class="soft">{l.t("invite.text")}</p>
            <form method="post" action=format!("/invite/{token}") class="stack">
                <TextField name="password" label="login.password" kind="password" autocomplete="new-password" hint="setup.password_hint"/>
                <button class="btn btn-primary btn-block" type="submit">{l.t("invite.submit")}</button>
            </form>
        </Frame>
    }
    .into_any()
}

#[cfg(feature = "ssr")]
fn invitation_holds() -> bool {
    use crate::server::security::InvitationHolds;
    let parts = use_context::<axum::http::request::Parts>();
    parts.and_then(|parts| parts.extensions.get::<InvitationHolds>().copied()).is_none_or(|holds| holds.0)
}

#[cfg(not(feature = "ssr"))]
fn invitation_holds() -> bool {
    true
}
