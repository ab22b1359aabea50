//! `/settings/staff`: who works here; inviting, changing, deactivating.

use super::api::{change_staff, invite_staff, invite_staff_again, list_staff, set_staff_active};
use super::{Member, MemberForm, Right, Role, StaffView};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::text::initials;
use crate::base::{AppError, AppResult, BranchId, Resource, StaffId, blocking_resource};
use crate::office::settings::page::SettingsFrame;
use crate::ui::guard::Guard;
use crate::ui::{Dialog, DialogHandle, ErrorState, Icon, clipboard, lazy_page, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

type Staff = Resource<AppResult<StaffView>>;

lazy_page!(
    /// The route of the staff page.
    StaffRoute,
    office,
    staff_view
);

fn staff_view() -> AnyView {
    let staff: Staff = blocking_resource(|| (), |()| list_staff());
    let shown = move || {
        Suspend::new(async move {
            match staff.await {
                Ok(view) => view! { <StaffPage view staff/> }.into_any(),
                Err(error) => view! { <ErrorState error/> }.into_any(),
            }
        })
    };
    view! {
        <Guard rights=&[Right::ManageStaff]>
            <SettingsFrame title="staff.title">
                <Transition fallback=|| view! { <span class="skel skel-block"></span> }>{shown}</Transition>
            </SettingsFrame>
        </Guard>
    }
    .into_any()
}

/// What the dialog is about: somebody new, or a member.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Draft {
    id: Option<StaffId>,
    form: MemberForm,
}

impl Draft {
    fn new() -> Self {
        let form = MemberForm { name: String::new(), email: String::new(), role: Role::Support, branches: None };
        Self { id: None, form }
    }

    fn of(member: &Member) -> Self {
        let form = MemberForm {
            name: member.name.clone(),
            email: member.email.clone(),
            role: member.role,
            branches: member.branches.clone(),
        };
        Self { id: Some(member.id), form }
    }
}

#[component]
fn StaffPage(view: StaffView, staff: Staff) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let dialog = DialogHandle::new();
    let draft = RwSignal::new(Draft::new());
    let link = RwSignal::new(None::<String>);
    let branches = StoredValue::new(view.branches);
    let edit = move |wanted: Draft| {
        link.set(None);
        draft.set(wanted);
        dialog.open();
    };
    let settle = move |result: AppResult<()>| match result {
        Ok(()) => staff.refetch(),
        Err(error) => toasts.fail(l.dynamic(error.message_key())),
    };
    let set_active = move |id, active| spawn_local(async move { settle(set_staff_active(id, active).await) });
    let again = move |id| {
        spawn_local(async move {
            match invite_staff_again(id).await {
                Ok(made) => {
                    link.set(Some(made));
                    dialog.open();
                }
                Err(error) => toasts.fail(l.dynamic(error.message_key())),
            }
        });
    };
    let row = move |member: Member| {
        view! { <MemberRow member branches on_edit=edit on_active=set_active on_invite=again/> }
    };
    view! {
        <div class="row">
            <button class="btn btn-primary row-end" type="button" on:click=move |_| edit(Draft::new())>
                <Icon name="user-plus"/> {l.t("staff.invite")}
            </button>
        </div>
        <section class="card">
            <div class="table-scroll" role="region" aria-label=l.t("staff.title") tabindex="0">
                <table class="table table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("staff.name")}</th>
                            <th scope="col">{l.t("staff.role")}</th>
                            <th scope="col">{l.t("staff.branches")}</th>
                            <th scope="col">{l.t("staff.state")}</th>
                            <th scope="col" class="c-act"><span class="sr-only">{l.t("staff.actions")}</span></th>
                        </tr>
                    </thead>
                    <tbody>{view.members.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
        <MemberDialog dialog draft link branches on_saved=move || staff.refetch()/>
    }
}

#[component]
fn MemberRow(
    member: Member,
    branches: StoredValue<Vec<(BranchId, String)>>,
    on_edit: impl Fn(Draft) + 'static,
    on_active: impl Fn(StaffId, bool) + 'static,
    on_invite: impl Fn(StaffId) + 'static,
) -> impl IntoView {
    let l = use_lang();
    let session = use_session();
    let me = session.staff.as_ref().map(|me| me.id) == Some(member.id);
    let today = session.today;
    // Only owners change owners.
    let may_change = member.role != Role::Owner || session.staff.is_some_and(|me| me.role == Role::Owner);
    let (id, active, joined) = (member.id, member.active, member.joined);
    let draft = Draft::of(&member);
    let limited = member
        .branches
        .as_ref()
        .map_or_else(|| l.t("staff.all_branches").to_owned(), |ids| branches.with_value(|all| names(all, ids)));
    let (tone, state) = match (&member, member.last_seen, member.invited_until) {
        (Member { active: false, .. }, ..) => (Some("bad"), l.t("staff.inactive").to_owned()),
        (Member { joined: true, .. }, Some(seen), _) => {
            (Some("ok"), l.with("staff.seen", &[("when", &l.relative(seen.day, today))]))
        }
        (Member { joined: true, .. }, None, _) => (Some("ok"), l.t("staff.never_seen").to_owned()),
        (_, _, Some(until)) => (Some("info"), l.with("staff.invited_until", &[("when", &l.moment(until))])),
        (_, _, None) => (Some("warn"), l.t("staff.invite_expired").to_owned()),
    };
    view! {
        <tr>
            <th scope="row" data-slot="title">
                <span class="person">
                    <span class="avatar" data-hue=(id.0 % 12).to_string() aria-hidden="true">{initials(&member.name)}</span>
                    <span>
                        <span class="person-name" dir="auto">{member.name.clone()}</span>
                        {me.then(|| view! { " " <span class="badge" data-tone="accent">{l.t("staff.you")}</span> })}
                        <br/>
                        <span class="dim">{member.email.clone()}</span>
                    </span>
                </span>
            </th>
            <td data-slot="value">{l.t(member.role.label_key())}</td>
            <td data-slot="sub">{limited}</td>
            <td data-slot="state"><span class="status" data-tone=tone>{state}</span></td>
            <td class="c-act" data-slot="acts">
                {may_change.then(|| view! {
                    <span class="row-actions">
                        <button class="btn btn-sm" type="button" on:click=move |_| on_edit(draft.clone())>{l.t("staff.edit")}</button>
                        {(active && !joined).then(|| view! {
                            <button class="btn btn-sm" type="button" on:click=move |_| on_invite(id)>{l.t("staff.new_link")}</button>
                        })}
                        {(!me).then(|| view! {
                            <button class="btn btn-sm" type="button" on:click=move |_| on_active(id, !active)>
                                {if active { l.t("staff.deactivate") } else { l.t("staff.activate") }}
                            </button>
                        })}
                    </span>
                })}
            </td>
        </tr>
    }
}

fn names(all: &[(BranchId, String)], ids: &[BranchId]) -> String {
    let names: Vec<&str> = all.iter().filter(|(id, _)| ids.contains(id)).map(|(_, name)| name.as_str()).collect();
    if names.is_empty() { "—".into() } else { names.join(", ") }
}

/// Invites or changes; after inviting it shows the link, this once.
#[component]
fn MemberDialog(
    dialog: DialogHandle,
    draft: RwSignal<Draft>,
    link: RwSignal<Option<String>>,
    branches: StoredValue<Vec<(BranchId, String)>>,
    on_saved: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let l = use_lang();
    let is_new = move || draft.with(|draft| draft.id.is_none());
    let title = Signal::derive(move || {
        let key = if link.with(Option::is_some) {
            "staff.link"
        } else if is_new() {
            "staff.invite"
        } else {
            "staff.edit"
        };
        l.dynamic(key)
    });
    // The list is read anew, and this dialog made anew with it, once the link has been seen.
    let closed = move |_| {
        if link.with_untracked(Option::is_some) {
            on_saved();
        }
    };
    view! {
        <div on:close:capture=closed>
            <Dialog handle=dialog id="member" title>
                <Show
                    when=move || link.with(Option::is_some)
                    fallback=move || view! { <MemberFields dialog draft link branches on_saved/> }
                >
                    <InviteLink dialog link/>
                </Show>
            </Dialog>
        </div>
    }
}

#[component]
fn MemberFields(
    dialog: DialogHandle,
    draft: RwSignal<Draft>,
    link: RwSignal<Option<String>>,
    branches: StoredValue<Vec<(BranchId, String)>>,
    on_saved: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let l = use_lang();
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<AppError>);
    let is_new = move || draft.with(|draft| draft.id.is_none());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        error.set(None);
        let Draft { id, form } = draft.get_untracked();
        spawn_local(async move {
            let result = match id {
                Some(id) => change_staff(id, form).await.map(|()| None),
                None => invite_staff(form).await.map(Some),
            };
            busy.set(false);
            match result {
                Ok(Some(made)) => link.set(Some(made)),
                Ok(None) => {
                    dialog.close();
                    on_saved();
                }
                Err(refused) => error.set(Some(refused)),
            }
        });
    };
    let is_owner = use_session().staff.is_some_and(|me| me.role == Role::Owner);
    let roles = Role::ALL.into_iter().filter(move |role| *role != Role::Owner || is_owner);
    let role_option = move |role: Role| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    class="radio"
                    name="role"
                    prop:checked=move || draft.with(|draft| draft.form.role == role)
                    on:change=move |_| draft.update(|draft| draft.form.role = role)
                />
                <span>
                    <span class="choice-value">{l.t(role.label_key())}</span>
                    <span class="choice-by">{l.dynamic(&format!("{}_may", role.label_key()))}</span>
                </span>
            </label>
        }
    };
    view! {
        <form on:submit=submit>
            <div class="dialog-body stack">
                <div class="field">
                    <label class="label" for="m-name">{l.t("staff.name")}</label>
                    <input
                        class="input"
                        id="m-name"
                        required
                        prop:value=move || draft.with(|draft| draft.form.name.clone())
                        on:input:target=move |event| draft.update(|draft| draft.form.name = event.target().value())
                    />
                </div>
                <Show when=is_new>
                    <div class="field">
                        <label class="label" for="m-email">{l.t("login.email")}</label>
                        <input
                            class="input"
                            id="m-email"
                            type="email"
                            required
                            prop:value=move || draft.with(|draft| draft.form.email.clone())
                            on:input:target=move |event| draft.update(|draft| draft.form.email = event.target().value())
                        />
                    </div>
                </Show>
                <fieldset class="fieldset"><legend>{l.t("staff.role")}</legend>{roles.map(role_option).collect_view()}</fieldset>
                <BranchLimit draft branches/>
                {move || error.get().map(|error| view! {
                    <p class="error" role="alert"><Icon name="alert-circle"/>{l.dynamic(error.message_key())}</p>
                })}
            </div>
            <footer class="dialog-foot">
                <p class="dialog-note hint">{move || is_new().then(|| l.t("staff.link_hint"))}</p>
                <button class="btn" type="button" on:click=move |_| dialog.close()>{l.t("ui.cancel")}</button>
                <button class="btn btn-primary" type="submit" disabled=busy>
                    <span>{move || if is_new() { l.t("staff.make_link") } else { l.t("settings.save") }}</span>
                </button>
            </footer>
        </form>
    }
}

/// Whether the member sees all customers or those of some branches only.
#[component]
fn BranchLimit(draft: RwSignal<Draft>, branches: StoredValue<Vec<(BranchId, String)>>) -> impl IntoView {
    let l = use_lang();
    let limited = move || draft.with(|draft| draft.form.branches.is_some());
    let has = move |id: BranchId| draft.with(|draft| draft.form.branches.as_ref().is_some_and(|ids| ids.contains(&id)));
    let toggle = move |id: BranchId| {
        draft.update(|draft| {
            let ids = draft.form.branches.get_or_insert_default();
            match ids.iter().position(|other| *other == id) {
                Some(at) => drop(ids.remove(at)),
                None => ids.push(id),
            }
        });
    };
    let limit = move |on: bool| draft.update(|draft| draft.form.branches = on.then(Vec::new));
    let branch = move |(id, name): (BranchId, String)| {
        view! {
            <label class="check">
                <input type="checkbox" class="checkbox" prop:checked=move || has(id) on:change=move |_| toggle(id)/>
                <span>{name}</span>
            </label>
        }
    };
    view! {
        <Show when=move || branches.with_value(|all| !all.is_empty())>
            <fieldset class="fieldset">
                <legend>{l.t("staff.branches")}</legend>
                <label class="check">
                    <input
                        type="checkbox"
                        role="switch"
                        class="switch"
                        prop:checked=limited
                        on:change:target=move |event| limit(event.target().checked())
                    />
                    <span>{l.t("staff.limit")}</span>
                </label>
                <Show when=limited>
                    <div class="check-list">{branches.get_value().into_iter().map(branch).collect_view()}</div>
                </Show>
            </fieldset>
        </Show>
    }
}

#[component]
fn InviteLink(dialog: DialogHandle, link: RwSignal<Option<String>>) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let field = NodeRef::<leptos::html::Input>::new();
    let copy = move |_| {
        spawn_local(async move {
            if clipboard::copy(&link.get_untracked().unwrap_or_default()).await {
                toasts.push(l.t("staff.copied"), None);
            } else {
                if let Some(field) = field.get_untracked() {
                    field.select();
                }
                toasts.fail(l.t("copy.refused"));
            }
        });
    };
    view! {
        <div class="dialog-body stack">
            <p>{l.t("staff.link_text")}</p>
            <input class="input code" readonly node_ref=field aria-label=l.t("staff.link") prop:value=move || link.get().unwrap_or_default()/>
        </div>
        <footer class="dialog-foot">
            <button class="btn" type="button" on:click=copy><Icon name="copy"/> {l.t("staff.copy")}</button>
            <button class="btn btn-primary" type="button" on:click=move |_| dialog.close()>{l.t("ui.close")}</button>
        </footer>
    }
}
