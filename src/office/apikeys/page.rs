//! `/settings/keys`: which programs may use the REST API; revoking their keys.

use super::api::{list_api_keys, revoke_api_key};
use super::{ApiKey, Scope};
use crate::base::i18n::use_lang;
use crate::base::{ApiKeyId, AppResult, Resource, blocking_resource};
use crate::office::settings::page::SettingsFrame;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{ConfirmDialog, DialogHandle, EmptyState, Loaded, lazy_page, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

type Keys = Resource<AppResult<Vec<ApiKey>>>;

lazy_page!(
    /// The route of the keys.
    ApiKeysRoute,
    office,
    api_keys_view
);

fn api_keys_view() -> AnyView {
    let keys: Keys = blocking_resource(|| (), |()| list_api_keys());
    let shown = move |list: Vec<ApiKey>| view! { <KeyList list keys/> }.into_any();
    view! {
        <Guard rights=&[Right::ManageSettings]>
            <SettingsFrame title="apikeys.title">
                <Loaded resource=keys view=shown/>
            </SettingsFrame>
        </Guard>
    }
    .into_any()
}

/// The command that makes a key.
const COMMAND: &str = "clientele api-key create --name \"ERP\" --scope customers:read --scope orders:read";

#[component]
fn KeyList(list: Vec<ApiKey>, keys: Keys) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let dialog = DialogHandle::new();
    let chosen = RwSignal::new(None::<(ApiKeyId, String)>);
    let ask = Callback::new(move |key| {
        chosen.set(Some(key));
        dialog.open();
    });
    let revoke = Callback::new(move |()| {
        let Some((id, _)) = chosen.get_untracked() else { return };
        spawn_local(async move {
            match revoke_api_key(id).await {
                Ok(()) => toasts.push(l.t("apikeys.revoked_now"), None),
                Err(error) => toasts.fail(l.error(&error)),
            }
            keys.refetch();
        });
    });
    let name = move || chosen.get().map(|(_, name)| name).unwrap_or_default();
    let scope = |scope: Scope| view! { <dt><code>{scope.code()}</code></dt> <dd>{l.t(scope.label_key())}</dd> };
    let scopes = Scope::ALL.map(scope).into_iter().collect_view();
    view! {
        <section class="card">
            {if list.is_empty() {
                view! { <EmptyState icon="key" title=l.t("apikeys.none") text=l.t("apikeys.none_text")/> }.into_any()
            } else {
                view! { <KeyTable list on_revoke=ask/> }.into_any()
            }}
            <footer class="card-foot">
                <div class="stack">
                    <p class="hint">{l.t("apikeys.how")}</p>
                    <pre class="code-block" tabindex="0"><code>{COMMAND}</code></pre>
                    <h2 class="card-title">{l.t("apikeys.scopes")}</h2>
                    <dl class="facts">{scopes}</dl>
                    <p class="hint"><a href="/api/docs" rel="external">{l.t("apikeys.docs")}</a></p>
                </div>
            </footer>
        </section>
        <ConfirmDialog
            handle=dialog
            id="revoke-key"
            title=Signal::derive(move || l.with("apikeys.revoke_title", &[("name", &name())]))
            action=Signal::stored(l.t("apikeys.revoke").to_owned())
            on_confirm=revoke
        >
            <p>{l.t("apikeys.revoke_text")}</p>
        </ConfirmDialog>
    }
}

#[component]
fn KeyTable(list: Vec<ApiKey>, on_revoke: Callback<(ApiKeyId, String)>) -> impl IntoView {
    let l = use_lang();
    let row = move |key: ApiKey| {
        let (id, name) = (key.id, key.name.clone());
        let by = key.created_by.unwrap_or_else(|| l.t("apikeys.command_line").to_owned());
        let used = key.last_used.map_or_else(|| l.t("apikeys.never").to_owned(), |at| l.moment(at));
        let holds = key.revoked.is_none();
        let label = l.with("apikeys.revoke_title", &[("name", &name)]);
        view! {
            <tr>
                <th scope="row" data-slot="title">
                    <span class="strong" dir="auto">{key.name}</span>
                    <br/>
                    <code class="dim">"…" {key.last_four}</code>
                </th>
                <td data-slot="sub">{key.scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(", ")}</td>
                <td>{l.moment(key.created)} <br/> <span class="dim" dir="auto">{by}</span></td>
                <td data-slot="meta">{used}</td>
                <td data-slot="state">
                    {match key.revoked {
                        None => view! { <span class="status" data-tone="ok">{l.t("apikeys.holds").to_owned()}</span> },
                        Some(at) => view! { <span class="status" data-tone="bad">{l.with("apikeys.revoked", &[("when", &l.moment(at))])}</span> },
                    }}
                </td>
                <td class="c-act" data-slot="acts">
                    {holds.then(|| view! {
                        <button class="btn btn-sm" type="button" aria-label=label on:click=move |_| on_revoke.run((id, name.clone()))>
                            {l.t("apikeys.revoke")}
                        </button>
                    })}
                </td>
            </tr>
        }
    };
    view! {
        <div class="table-scroll" role="region" aria-label=l.t("apikeys.title") tabindex="0">
            <table class="table table-wrap table-cards">
                <thead>
                    <tr>
                        <th scope="col">{l.t("apikeys.name")}</th>
                        <th scope="col">{l.t("apikeys.scopes")}</th>
                        <th scope="col">{l.t("apikeys.created")}</th>
                        <th scope="col">{l.t("apikeys.last_used")}</th>
                        <th scope="col">{l.t("staff.state")}</th>
                        <th scope="col" class="c-act"><span class="sr-only">{l.t("staff.actions")}</span></th>
                    </tr>
                </thead>
                <tbody>{list.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
