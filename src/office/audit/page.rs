//! `/settings/audit`: who changed what in the whole shop, searchable.

use super::api::list_audit;
use super::{ABOUT, AuditLine, AuditPage, AuditQuery, ChangeList, Subject};
use crate::base::i18n::{Lang, use_lang};
use crate::base::{StaffId, blocking_resource};
use crate::office::settings::page::SettingsFrame;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{EmptyState, Icon, LiveForm, Loaded, SearchField, lazy_page};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

lazy_page!(
    /// The route of the audit log.
    AuditRoute,
    office,
    audit_view
);

fn audit_view() -> AnyView {
    let search = use_location().search;
    let page = blocking_resource(move || search.get(), list_audit);
    let query = Memo::new(move |_| AuditQuery::parse(&search.get()));
    view! {
        <Guard rights=&[Right::ManageStaff]>
            <SettingsFrame title="audit.title">
                <section class="card">
                    <Loaded resource=page view=move |page: AuditPage| view! { <Log page query/> }.into_any()/>
                </section>
            </SettingsFrame>
        </Guard>
    }
    .into_any()
}

#[component]
fn Log(page: AuditPage, query: Memo<AuditQuery>) -> impl IntoView {
    let l = use_lang();
    let now = query.get_untracked();
    let older =
        page.lines.last().filter(|_| page.more).map(|line| link(&AuditQuery { before: Some(line.entry.id), ..now.clone() }));
    let newest = now.before.is_some().then(|| link(&AuditQuery { before: None, ..now.clone() }));
    let body = if page.lines.is_empty() {
        let title = if now.is_filtered() { l.t("audit.none_match") } else { l.t("audit.none") };
        view! {
            <EmptyState icon="history" title>
                {now.is_filtered().then(|| view! { <a class="btn" href="/settings/audit">{l.t("audit.clear")}</a> })}
            </EmptyState>
        }
        .into_any()
    } else {
        table(l, page.lines)
    };
    let pager = (older.is_some() || newest.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label=l.t("audit.pages")>
                {newest.map(|href| view! { <a class="btn btn-ghost" href=href><Icon name="chevrons-left"/>{l.t("audit.newest")}</a> })}
                {older.map(|href| view! { <a class="btn btn-ghost row-end" href=href>{l.t("audit.older")}<Icon name="chevron-right"/></a> })}
            </nav>
        }
    });
    view! {
        <div class="card-body"><Filters staff=page.staff query/></div>
        {body}
        {pager}
    }
}

fn link(query: &AuditQuery) -> String {
    format!("/settings/audit?{}", query.write())
}

#[component]
fn Filters(staff: Vec<(StaffId, String)>, query: Memo<AuditQuery>) -> impl IntoView {
    let l = use_lang();
    let text = Signal::derive(move || query.get().text);
    let by = query.with_untracked(|query| query.by);
    let about = StoredValue::new(query.with_untracked(|query| query.about.clone()));
    let member = move |(id, name): (StaffId, String)| {
        view! { <option value=id.0 selected=by == Some(id.0)>{name}</option> }
    };
    let kind = move |code: &'static str| {
        view! { <option value=code selected=about.with_value(|about| about == code)>{l.dynamic(&format!("audit.about.{code}"))}</option> }
    };
    view! {
        <LiveForm class="toolbar" canonical=AuditQuery::canonical label=l.t("audit.filter")>
            <SearchField name="q" label=l.t("audit.search") placeholder=l.t("audit.search_hint") value=text/>
            <select class="input input-auto" name="by" aria-label=l.t("audit.by")>
                <option value="" selected=by.is_none()>{l.t("audit.by_anybody")}</option>
                {staff.into_iter().map(member).collect_view()}
                <option value="0" selected=by == Some(0)>{l.t("activity.system")}</option>
            </select>
            <select class="input input-auto" name="about" aria-label=l.t("audit.about")>
                <option value="" selected=about.with_value(String::is_empty)>{l.t("audit.about_anything")}</option>
                {ABOUT.map(kind).collect_view()}
            </select>
            <noscript><button class="btn" type="submit">{l.t("audit.filter")}</button></noscript>
        </LiveForm>
    }
}

fn table(l: Lang, lines: Vec<AuditLine>) -> AnyView {
    view! {
        <div class="card-flush">
            <div class="table-scroll" role="region" aria-label=l.t("audit.title") tabindex="0">
                <table class="table table-wrap table-top table-cards">
                    <thead>
                        <tr>
                            <th scope="col" class="c-m">{l.t("activity.when")}</th>
                            <th scope="col" class="c-m">{l.t("activity.who")}</th>
                            <th scope="col" class="c-l">{l.t("activity.what")}</th>
                            <th scope="col">{l.t("activity.before_after")}</th>
                        </tr>
                    </thead>
                    <tbody>{lines.into_iter().map(|line| row(l, line)).collect_view()}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}

fn row(l: Lang, line: AuditLine) -> AnyView {
    let AuditLine { entry, subject, ip } = line;
    let by = entry.by.unwrap_or_else(|| l.t("activity.system").to_owned());
    let subject = match subject {
        Subject::Customer { id, name } if !name.is_empty() => {
            view! { <a class="link" href=format!("/customers/{id}") dir="auto">{name}</a> }.into_any()
        }
        Subject::Customer { id, .. } => {
            view! { <span class="dim">{l.with("audit.customer_gone", &[("id", &id)])}</span> }.into_any()
        }
        Subject::Staff { name } => view! { <span class="soft" dir="auto">{name}</span> }.into_any(),
        Subject::Other => ().into_any(),
    };
    view! {
        <tr>
            <td class="tnum" data-slot="meta">{l.moment(entry.at)}</td>
            <th scope="row" data-slot="title">
                <span dir="auto">{by}</span>
                {(!ip.is_empty()).then(|| view! { <br/><span class="dim tnum">{ip}</span> })}
            </th>
            <td data-slot="sub">{l.dynamic(&format!("audit.{}", entry.action))} <br/> {subject}</td>
            <td data-slot="tags"><ChangeList changes=entry.changes/></td>
        </tr>
    }
    .into_any()
}
