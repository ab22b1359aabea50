//! `/settings/account`: one's own password, language and sessions.

use super::api::{change_own_password, end_session, get_own_account, set_own_keys, set_own_language};
use super::{AccountView, OwnSession};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{AppError, AppResult, Resource, SessionId, blocking_resource};
use crate::office::settings::page::SettingsFrame;
use crate::ui::{ErrorState, Icon, Switch, keys, lazy_page, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

lazy_page!(
    /// The route of the account page.
    AccountRoute,
    office,
    account_view
);

fn account_view() -> AnyView {
    let account = blocking_resource(|| (), |()| get_own_account());
    let shown = move || {
        Suspend::new(async move {
            match account.await {
                Ok(view) => view! { <Language view=view.clone()/><Keys/><Password/><Sessions view account/> }.into_any(),
                Err(error) => view! { <ErrorState error/> }.into_any(),
            }
        })
    };
    view! {
        <SettingsFrame title="account.title">
            <Transition fallback=|| view! { <span class="skel skel-block"></span> }>{shown}</Transition>
        </SettingsFrame>
    }
    .into_any()
}

#[component]
fn Language(view: AccountView) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let chosen = view.locale.unwrap_or_default();
    let choose = move |code: String| {
        spawn_local(async move {
            match set_own_language(Some(code).filter(|code| !code.is_empty())).await {
                // The texts of a page come with the page.
                Ok(()) => {
                    let _ = window().location().reload();
                }
                Err(error) => toasts.fail(l.dynamic(error.message_key())),
            }
        });
    };
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("account.language")}</h2></header>
            <div class="card-body">
                <div class="field">
                    <label class="label" for="a-language">{l.t("account.language_label")}</label>
                    <select class="input" id="a-language" on:change:target=move |event| choose(event.target().value())>
                        <option value="" selected=chosen.is_empty()>{l.t("account.language_browser")}</option>
                        {view.languages.into_iter().map(|(code, name)| {
                            let selected = code == chosen;
                            view! { <option value=code selected=selected>{name}</option> }
                        }).collect_view()}
                    </select>
                </div>
            </div>
        </section>
    }
}

/// Shortcuts of a single character, which get in the way of those who speak to their computer (WCAG 2.1.4).
#[component]
fn Keys() -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let on = RwSignal::new(use_session().staff.is_none_or(|staff| staff.single_keys));
    let choose = Callback::new(move |wanted: bool| {
        on.set(wanted);
        spawn_local(async move {
            match set_own_keys(wanted).await {
                Ok(()) => keys::set_single_keys(wanted),
                Err(error) => {
                    on.set(!wanted);
                    toasts.fail(l.error(&error));
                }
            }
        });
    });
    view! {
        <section class="card setting-group" id="keys">
            <header class="card-head"><h2 class="card-title">{l.t("keys.title")}</h2></header>
            <div class="card-body">
                <Switch checked=on on_change=choose>
                    {l.t("keys.setting")}
                    " "
                    <span class="hint">{l.t("keys.setting_text")}</span>
                </Switch>
            </div>
        </section>
    }
}

#[component]
fn Password() -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<AppError>);
    let about = move |field: &'static str| {
        error.with(|error| {
            let error = error.as_ref()?;
            let (about, seconds) = match error {
                AppError::Invalid { field, .. } => (field.as_str(), 0),
                AppError::RateLimited { seconds } => ("current", *seconds),
                _ => ("password", 0),
            };
            (about == field).then(|| l.with(error.message_key(), &[("seconds", &seconds)]))
        })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let result = change_own_password(current.get_untracked(), new.get_untracked()).await;
            busy.set(false);
            match result {
                Ok(()) => {
                    current.set(String::new());
                    new.set(String::new());
                    toasts.push(l.t("account.password_changed"), None);
                }
                Err(refused) => error.set(Some(refused)),
            }
        });
    };
    let field = move |id: &'static str,
                      label: &'static str,
                      value: RwSignal<String>,
                      name: &'static str,
                      autocomplete: &'static str| {
        view! {
            <div class="field">
                <label class="label" for=id>{l.dynamic(label)}</label>
                <input
                    class="input"
                    id=id
                    type="password"
                    autocomplete=autocomplete
                    required
                    prop:value=value
                    aria-invalid=move || about(name).map(|_| "true")
                    aria-describedby=format!("{id}-error")
                    on:input:target=move |event| value.set(event.target().value())
                />
                <div id=format!("{id}-error")>
                    {move || about(name).map(|text| view! { <p class="error" role="alert"><Icon name="alert-circle"/>{text}</p> })}
                </div>
            </div>
        }
    };
    view! {
        <form class="card" on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("account.password")}</h2></header>
            <div class="card-body stack">
                {field("a-current", "account.password_current", current, "current", "current-password")}
                {field("a-new", "account.password_new", new, "password", "new-password")}
                <p class="hint">{l.t("setup.password_hint")} " " {l.t("account.password_hint")}</p>
            </div>
            <footer class="card-foot">
                <button class="btn btn-primary" type="submit" disabled=busy><span>{l.t("account.password_save")}</span></button>
            </footer>
        </form>
    }
}

#[component]
fn Sessions(view: AccountView, account: Resource<AppResult<AccountView>>) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let end = move |id: SessionId| {
        spawn_local(async move {
            match end_session(id).await {
                Ok(()) => account.refetch(),
                Err(error) => toasts.fail(l.dynamic(error.message_key())),
            }
        });
    };
    let row = move |session: OwnSession| {
        let OwnSession { id, this_one, since, last_seen, ip, user_agent } = session;
        view! {
            <tr>
                <th scope="row" data-slot="title">
                    {short_agent(&user_agent)}
                    {this_one.then(|| view! { " " <span class="badge" data-tone="accent">{l.t("account.this_session")}</span> })}
                </th>
                <td data-slot="sub">{ip}</td>
                <td data-slot="meta">{l.moment(since)}</td>
                <td>{l.moment(last_seen)}</td>
                <td class="c-act" data-slot="acts">
                    {(!this_one).then(|| view! {
                        <button class="btn btn-sm" type="button" on:click=move |_| end(id)>{l.t("account.end_session")}</button>
                    })}
                </td>
            </tr>
        }
    };
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("account.sessions")}</h2></header>
            <div class="table-scroll" role="region" aria-label=l.t("account.sessions") tabindex="0">
                <table class="table table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("account.browser")}</th>
                            <th scope="col">{l.t("account.address")}</th>
                            <th scope="col">{l.t("account.since")}</th>
                            <th scope="col">{l.t("account.last_seen")}</th>
                            <th scope="col" class="c-act"><span class="sr-only">{l.t("staff.actions")}</span></th>
                        </tr>
                    </thead>
                    <tbody>{view.sessions.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

/// Browser and system of a `User-Agent`, as far as they can be told; the beginning of it otherwise.
fn short_agent(agent: &str) -> String {
    let find =
        |names: &[(&'static str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // The order matters: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
    let browser =
        find(&[("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) if agent.is_empty() => "—".into(),
        (None, None) => crate::base::text::truncate(agent, 40).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::short_agent;

    #[test]
    fn agents_are_told_apart() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
        assert_eq!(short_agent(chrome), "Chrome, Linux");
        assert_eq!(short_agent("curl/8.14.1"), "curl/8.14.1");
        assert_eq!(short_agent(""), "—");
    }
}
