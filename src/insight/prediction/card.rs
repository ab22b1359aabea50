//! The card Outlook of the analytics.

use super::{Basis, MONTHS, Outlook};
use crate::base::Currency;
use crate::base::i18n::{Lang, use_lang};
use crate::ui::Term;
use leptos::prelude::*;

/// What the customer will probably do, marked as predicted.
#[component]
pub fn OutlookCard(outlook: Outlook, currency: Currency, time_zone: String) -> impl IntoView {
    let l = use_lang();
    view! {
        <section class="card" id="outlook">
            <header class="card-head">
                <h2 class="card-title">{l.t("prediction.title")}</h2>
                <span class="badge">{l.t("prediction.predicted")}</span>
            </header>
            <dl class="stats">
                {alive(l, &outlook)} {churn(l, &outlook, &time_zone)} {orders(l, &outlook)} {value(l, &outlook, currency)}
            </dl>
            <footer class="card-foot"><p class="soft">{basis(l, outlook.basis, &time_zone)}</p></footer>
        </section>
    }
    .into_any()
}

fn stat(l: Lang, key: &'static str, define: String, value: Option<String>, note: Option<String>) -> AnyView {
    let value = value.map_or_else(|| view! { <span class="nil">"—"</span> }.into_any(), IntoAny::into_any);
    view! {
        <div class="stat">
            <dt class="stat-label"><Term id=key text=define>{l.t(key)}</Term></dt>
            <dd class="stat-value">{value}</dd>
            {note.map(|note| view! { <dd class="stat-note">{note}</dd> })}
        </div>
    }
    .into_any()
}

fn alive(l: Lang, outlook: &Outlook) -> AnyView {
    let value = outlook.alive_thousandths.map(|thousandths| l.percent(thousandths));
    let once = value.is_none() && matches!(outlook.basis, Basis::Fitted { .. });
    let note = once.then(|| l.t("prediction.bought_once").to_owned());
    stat(l, "prediction.alive", l.t("prediction.define.alive").to_owned(), value, note)
}

fn churn(l: Lang, outlook: &Outlook, zone: &str) -> AnyView {
    let define = l.with(
        "prediction.define.churn",
        &[
            ("percent", &l.percent(i64::from(outlook.churn_percent) * 10)),
            ("days", &l.integer(outlook.patience_days)),
            ("zone", &zone),
        ],
    );
    let (value, note) = match (outlook.churned, outlook.lifespan_days) {
        (Some(day), Some(days)) => (l.day(day), Some(l.count("prediction.lifespan", days))),
        _ => (l.t("prediction.not_churned").to_owned(), None),
    };
    stat(l, "prediction.churn", define, Some(value), note)
}

fn orders(l: Lang, outlook: &Outlook) -> AnyView {
    let note = l.count("prediction.months", MONTHS);
    let value = outlook.orders_hundredths.map(|hundredths| l.hundredths(hundredths));
    stat(l, "prediction.orders", l.t("prediction.define.orders").to_owned(), value, Some(note))
}

fn value(l: Lang, outlook: &Outlook, currency: Currency) -> AnyView {
    let note = l.count("prediction.months", MONTHS);
    let define = l.with("prediction.define.clv", &[("currency", &currency)]);
    stat(l, "prediction.clv", define, outlook.value.map(|value| l.money(value)), Some(note))
}

/// On what it stands, or why there is nothing.
fn basis(l: Lang, basis: Basis, zone: &str) -> String {
    match basis {
        Basis::NotYet => l.t("prediction.not_yet").to_owned(),
        Basis::TooFew { repeat, needed } => {
            l.with("prediction.too_few", &[("repeat", &l.integer(repeat)), ("needed", &l.integer(needed))])
        }
        Basis::NoFit => l.t("prediction.no_fit").to_owned(),
        Basis::Fitted { day, customers } => {
            l.with("prediction.basis", &[("customers", &l.integer(customers)), ("day", &l.day(day)), ("zone", &zone)])
        }
    }
}
