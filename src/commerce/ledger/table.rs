//! The table of an account's entries, and what of it expires next.

use super::Unit;
use super::entry::{EntryPage, EntryRow, Upcoming, amount, signed};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::query::pairs;
use crate::ui::{EmptyState, Icon};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The number of the entry before which the page's address wants them.
#[must_use]
pub fn use_before() -> Memo<Option<i64>> {
    let search = use_location().search;
    Memo::new(move |_| {
        let pairs = search.with(|query| pairs(query));
        pairs.into_iter().find(|(name, _)| name == "before").and_then(|(_, value)| value.parse().ok())
    })
}

/// An account's entries, with a way to the older ones. The page's address says from where on it shows them (`before`).
#[component]
pub fn EntryTable(page: EntryPage, unit: Unit, label: &'static str, is_newest: bool) -> impl IntoView {
    let l = use_lang();
    if page.rows.is_empty() {
        return view! { <EmptyState icon="receipt" title=l.t("ledger.none").to_owned()/> }.into_any();
    }
    let expiring = page.rows.iter().any(|row| row.expires.is_some());
    let rows = page.rows.into_iter().map(|row| entry(l, row, unit, expiring)).collect_view();
    let newest = (!is_newest).then(|| view! { <a class="btn btn-sm" href="?">{l.t("ledger.newest")}</a> });
    let older = page.older.map(|seq| {
        view! { <a class="btn btn-sm row-end" href=format!("?before={seq}")>{l.t("ledger.older")}<Icon name="chevron-right"/></a> }
    });
    let foot = (newest.is_some() || older.is_some()).then(|| view! { <footer class="card-foot">{newest}{older}</footer> });
    view! {
        <div class="card-flush">
            <div class="table-scroll" role="region" aria-label=l.t(label) tabindex="0">
                <table class="table table-wrap table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("ledger.column.at")}</th>
                            <th scope="col" class="c-rest">{l.t("ledger.column.reason")}</th>
                            <th scope="col">{l.t("ledger.column.by")}</th>
                            {expiring.then(|| view! { <th scope="col">{l.t("ledger.column.expires")}</th> })}
                            <th scope="col" class="num">{l.t("ledger.column.amount")}</th>
                            <th scope="col" class="num">{l.t("ledger.column.balance")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
        {foot}
    }
    .into_any()
}

fn entry(l: Lang, row: EntryRow, unit: Unit, expiring: bool) -> AnyView {
    let note = (!row.note.is_empty()).then(|| view! { <p class="dim" dir="auto">{row.note.clone()}</p> });
    let tone = (row.amount > 0).then_some("ok");
    // On a phone only what expires says so.
    let slot = (row.amount > 0 && row.left > 0 && row.expires.is_some()).then_some("state");
    let word = l.t("value.expires");
    let expires = expiring.then(|| {
        view! { <td class="nowrap" data-slot=slot><span class="phone-only">{word} " "</span>{expiry(l, &row, unit)}</td> }
    });
    view! {
        <tr>
            <td class="nowrap" data-slot="sub"><time datetime=row.at.at.rfc3339() title=l.moment(row.at)>{l.day(row.at.day)}</time></td>
            <th scope="row" data-slot="title">{reason(l, &row)}{note}</th>
            <td class="nowrap" data-slot="meta" dir="auto">{row.by.name(l)}</td>
            {expires}
            <td class="num nowrap" data-slot="value"><span class="movement" data-tone=tone>{signed(l, unit, row.amount)}</span></td>
            <td class="num nowrap" data-slot="extra">{amount(l, unit, row.balance)}</td>
        </tr>
    }
    .into_any()
}

/// Why it was made, with the order that it was made for.
fn reason(l: Lang, row: &EntryRow) -> AnyView {
    let word = l.t(row.reason.label_key());
    let Some((id, number)) = row.order.clone() else { return word.into_any() };
    let name = if number.is_empty() { l.with("orders.draft_name", &[("id", &id)]) } else { format!("#{number}") };
    view! { {word} " " <a class="link tnum" href=format!("/orders/{id}")>{name}</a> }.into_any()
}

/// Until when, and how much of it is left where some was used.
fn expiry(l: Lang, row: &EntryRow, unit: Unit) -> AnyView {
    let Some(at) = row.expires.filter(|_| row.amount > 0 && row.left > 0) else {
        return view! { <span class="nil">"—"</span> }.into_any();
    };
    let left = (row.left < row.amount).then(|| {
        view! { " " <span class="dim">{l.with("ledger.left", &[("amount", &amount(l, unit, row.left))])}</span> }
    });
    view! { <time datetime=at.at.rfc3339() title=l.moment(at)>{l.day(at.day)}</time>{left} }.into_any()
}

/// What expires next; nothing where nothing does.
#[component]
pub fn UpcomingList(upcoming: Vec<Upcoming>, unit: Unit) -> impl IntoView {
    let l = use_lang();
    let today = use_session().today;
    let item = move |next: Upcoming| {
        let days = i64::from(next.at.day.0) - i64::from(today.0);
        let soon = (days <= 30).then_some("warn");
        view! {
            <li class="row">
                <span>{l.day(next.at.day)}</span>
                <span class="badge" data-tone=soon>{l.count("ledger.in_days", days.max(0))}</span>
                <strong class="row-end tnum">{amount(l, unit, next.amount)}</strong>
            </li>
        }
    };
    if upcoming.is_empty() {
        return view! { <p class="card-body soft">{l.t("ledger.nothing_expires")}</p> }.into_any();
    }
    view! { <div class="card-flush"><ul class="card-list">{upcoming.into_iter().map(item).collect_view()}</ul></div> }.into_any()
}
