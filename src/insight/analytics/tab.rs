//! The tab Analytics.

use super::api::customer_analytics;
use super::chart::SpendChart;
use super::{Analytics, Bought, Milestone, Period};
use crate::base::i18n::{Lang, use_lang};
use crate::base::{CustomerId, resource};
use crate::insight::prediction::OutlookCard;
use crate::ui::{EmptyState, ErrorState, SkeletonLines, Term};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What a customer's orders say about them.
#[component]
pub fn AnalyticsTab(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let query = use_query_map();
    let period = Memo::new(move |_| query.read().get("m").and_then(|code| Period::parse(&code)).unwrap_or_default());
    let analytics = resource(move || period.get(), move |period| customer_analytics(id, period.code().to_owned()));
    view! {
        <Transition fallback=|| view! { <section class="card"><SkeletonLines lines=10/></section> }>
            {move || Suspend::new(async move {
                match analytics.await {
                    Ok(found) if found.figures.orders == 0 => view! {
                        <section class="card">
                            <EmptyState icon="bar-chart" title=l.t("analytics.none") text=l.t("analytics.none_text")/>
                        </section>
                    }
                    .into_any(),
                    Ok(found) => content(l, found, period.get_untracked(), id),
                    Err(error) => {
                        let again = Callback::new(move |()| analytics.refetch());
                        view! { <section class="card"><ErrorState error on_retry=again/></section> }.into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}

fn content(l: Lang, analytics: Analytics, period: Period, id: CustomerId) -> AnyView {
    let stats = stats(l, &analytics);
    let Analytics { categories, favourites, chart, outlook, time_zone, spent, .. } = analytics;
    view! {
        <div class="stack">
            {stats}
            {outlook.map(|outlook| view! { <OutlookCard outlook currency=spent.currency time_zone/> })}
            <section class="card"><div class="card-body"><SpendChart chart period customer=id/></div></section>
            <div class="columns">
                {favourites_card(l, favourites)}
                {categories_card(l, categories)}
            </div>
        </div>
    }
    .into_any()
}

/// A figure: its name, what it counts (on hover), its value, a note.
struct Stat {
    label: &'static str,
    define: &'static str,
    value: Option<AnyView>,
    note: Option<String>,
}

fn stats(l: Lang, a: &Analytics) -> AnyView {
    let figures = a.figures;
    let average = figures.average_minor.map(|minor| l.money(crate::base::Money::new(minor, a.spent.currency)));
    let top = a.categories.first().filter(|category| category.share_thousandths > 0);
    let share = |category: &Bought| l.with("analytics.share_note", &[("share", &l.percent(category.share_thousandths))]);
    let text = |text: String| text.into_any();
    let stats = vec![
        Stat {
            label: "analytics.per_month",
            define: "analytics.define.per_month",
            value: figures.per_month_hundredths.map(|h| text(l.hundredths(h))),
            note: Some(l.count("orders.count", figures.orders)),
        },
        Stat {
            label: "analytics.since_last",
            define: "analytics.define.since_last",
            value: figures.days_since_last.map(|days| text(l.integer(days))),
            note: a.last.map(|last| l.day(last.at.day)),
        },
        Stat {
            label: "analytics.between",
            define: "analytics.define.between",
            value: figures.days_between_tenths.map(|tenths| text(l.tenths(tenths))),
            note: Some(l.t("analytics.on_average").to_owned()),
        },
        Stat {
            label: "analytics.first",
            define: "analytics.define.first",
            value: a.first.map(|order| milestone(l, order)),
            note: a.first.map(|order| l.money(order.value)),
        },
        Stat {
            label: "analytics.last",
            define: "analytics.define.last",
            value: a.last.map(|order| milestone(l, order)),
            note: a.last.map(|order| l.money(order.value)),
        },
        Stat {
            label: "analytics.cart",
            define: "analytics.define.cart",
            value: figures.cart_tenths.map(|tenths| text(pieces(l, tenths))),
            note: average,
        },
        Stat {
            label: "analytics.top_category",
            define: "analytics.define.category",
            value: top.map(|category| text(category_name(l, &category.name))),
            note: top.map(share),
        },
    ];
    let show = |stat: Stat| {
        let define = l.with(stat.define, &[("currency", &a.spent.currency), ("zone", &a.time_zone)]);
        let value = stat.value.unwrap_or_else(|| view! { <span class="nil">"—"</span> }.into_any());
        view! {
            <div class="stat">
                <dt class="stat-label"><Term id=stat.label text=define>{l.t(stat.label)}</Term></dt>
                <dd class="stat-value">{value}</dd>
                {stat.note.map(|note| view! { <dd class="stat-note">{note}</dd> })}
            </div>
        }
    };
    view! { <dl class="stats">{stats.into_iter().map(show).collect_view()}</dl> }.into_any()
}

/// `1 item`, `2.4 items`.
fn pieces(l: Lang, tenths: i64) -> String {
    let key = if tenths == 10 { "analytics.items.one" } else { "analytics.items.other" };
    l.with(key, &[("count", &l.tenths(tenths))])
}

fn milestone(l: Lang, order: Milestone) -> AnyView {
    view! { <a class="link" href=format!("/orders/{}", order.id) title=l.moment(order.at)>{l.day(order.at.day)}</a> }.into_any()
}

fn category_name(l: Lang, name: &str) -> String {
    if name.is_empty() { l.t("analytics.no_category").to_owned() } else { name.to_owned() }
}

fn favourites_card(l: Lang, favourites: Vec<Bought>) -> AnyView {
    let rows = favourites.into_iter().map(|product| {
        view! {
            <tr>
                <th scope="row" dir="auto">{product.name}</th>
                <td class="num">{l.integer(product.units)}</td>
                <td class="num">{l.money(product.net)}</td>
            </tr>
        }
    });
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("analytics.favourites")}</h2></header>
            <div class="card-flush">
                <table class="table table-wrap">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("analytics.product")}</th>
                            <th scope="col" class="num">{l.t("analytics.bought")}</th>
                            <th scope="col" class="num"><Term id="analytics.net" text=l.t("analytics.define.net")>{l.t("analytics.net")}</Term></th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn categories_card(l: Lang, categories: Vec<Bought>) -> AnyView {
    let rest = 1_000 - categories.iter().map(|category| category.share_thousandths).sum::<i64>();
    let bar = |name: String, thousandths: i64| {
        let value = thousandths.to_string();
        view! {
            <li>
                <span>{name.clone()}</span>
                <progress class="bar" max="1000" value=value aria-label=name></progress>
                <span class="num">{l.percent(thousandths)}</span>
            </li>
        }
    };
    let total: i64 = categories.iter().map(|category| category.share_thousandths).sum();
    // Rounding alone makes a few thousandths.
    let other = (total > 0 && rest > 5).then(|| bar(l.t("analytics.other").to_owned(), rest));
    let bars = categories.into_iter().map(|category| bar(category_name(l, &category.name), category.share_thousandths));
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("analytics.categories")}</h2></header>
            <div class="card-body"><ul class="bar-list">{bars.collect_view()}{other}</ul></div>
        </section>
    }
    .into_any()
}
