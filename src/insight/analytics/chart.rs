//! Spend over time as a drawing with a table beside it.

use super::{Chart, ChartMonth, HEIGHT, Period};
use crate::base::CustomerId;
use crate::base::i18n::{Lang, use_lang};
use crate::base::text::truncate;
use crate::ui::Term;
use leptos::prelude::*;
use std::fmt::Write;

/// Width of a month in the drawing.
const COLUMN: i64 = 100;
/// Labels that fit below the drawing.
const LABELS: usize = 12;

/// The chart; every point leads to the orders of its month.
#[component]
pub fn SpendChart(chart: Chart, period: Period, customer: CustomerId) -> impl IntoView {
    let l = use_lang();
    let width = COLUMN * i64::try_from(chart.months.len()).unwrap_or(1);
    let (spend, before) =
        (line(&chart.months, |m| Some(m.depth)), line(&chart.months, |m| m.year_before.map(|(_, depth)| depth)));
    let compared = !before.is_empty();
    let dots = points(&chart.months, |m| Some(m.depth)).fold(String::new(), |mut path, (x, y)| {
        // Writing to a String cannot fail.
        let _ = write!(path, "M{x} {y}h0");
        path
    });
    let fill = format!("M{} {HEIGHT}L{}L{} {HEIGHT}Z", COLUMN / 2, spend.trim_start_matches('M'), width - COLUMN / 2);
    let grid: String = (0..=4).map(|at| format!("M0 {}H{width}", at * HEIGHT / 4)).collect();
    let ticks = chart.ticks.iter().map(|tick| view! { <span>{l.money(*tick)}</span> }).collect_view();
    let year_before = compared.then(|| view! { <li data-series="2">{l.t("analytics.year_before")}</li> });
    // Where not all months fit, the newest are in sight first.
    let scroll = NodeRef::<leptos::html::Div>::new();
    Effect::new(move || {
        if let Some(scroll) = scroll.get() {
            scroll.set_scroll_left(scroll.scroll_width());
        }
    });
    view! {
        <figure class="chart">
            <figcaption class="chart-head">
                <span class="chart-title"><Term id="analytics.chart" text=l.t("analytics.define.chart")>{l.t("analytics.chart")}</Term></span>
                <ul class="chart-legend"><li>{l.t("analytics.spend")}</li>{year_before}</ul>
                <Periods period/>
            </figcaption>
            <div class="chart-plot">
                <div class="chart-y" aria-hidden="true">{ticks}</div>
                <div class="chart-scroll" node_ref=scroll>
                    <div class="chart-area">
                        <svg class="chart-svg" viewBox=format!("0 0 {width} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=in_words(l, &chart)>
                            <path class="chart-grid" d=grid></path>
                            {compared.then(|| view! { <path class="chart-line" data-series="2" d=before></path> })}
                            <path class="chart-fill" d=fill></path>
                            <path class="chart-line" d=spend></path>
                            <path class="chart-dot" d=dots></path>
                        </svg>
                        <div class="chart-points">{tips(l, &chart.months, customer)}</div>
                    </div>
                    <div class="chart-x" aria-hidden="true">{labels(l, &chart.months)}</div>
                </div>
            </div>
            {table(l, &chart.months, compared)}
        </figure>
    }
    .into_any()
}

#[component]
fn Periods(period: Period) -> impl IntoView {
    let l = use_lang();
    let item = |choice: Period| {
        let current = (choice == period).then_some("true");
        view! { <a class="seg-item" href=format!("?m={}", choice.code()) aria-current=current>{l.t(choice.label_key())}</a> }
    };
    view! {
        <span class="seg row-end" role="group" aria-label=l.t("analytics.period")>{Period::EVERY.map(item).collect_view()}</span>
    }
}

/// The middles of the columns with their depths.
fn points(months: &[ChartMonth], depth: impl Fn(&ChartMonth) -> Option<i64>) -> impl Iterator<Item = (i64, i64)> {
    (0..).zip(months).filter_map(move |(at, month)| Some((at * COLUMN + COLUMN / 2, depth(month)?)))
}

/// The path through the points: `M50 160L150 680`; empty without points.
fn line(months: &[ChartMonth], depth: impl Fn(&ChartMonth) -> Option<i64>) -> String {
    let steps: Vec<String> = points(months, depth).map(|(x, y)| format!("{x} {y}")).collect();
    if steps.is_empty() { String::new() } else { format!("M{}", steps.join("L")) }
}

/// `Mar 2026`.
fn month_name(l: Lang, month: &ChartMonth) -> String {
    let date = month.first.date();
    format!("{} {}", l.dynamic(&format!("month.{}", date.month())), date.year())
}

fn in_words(l: Lang, chart: &Chart) -> String {
    let (Some(first), Some(last)) = (chart.months.first(), chart.months.last()) else { return String::new() };
    let largest = chart.months.iter().max_by_key(|month| month.spend.minor).unwrap_or(first);
    l.with(
        "analytics.chart_words",
        &[
            ("from", &month_name(l, first)),
            ("to", &month_name(l, last)),
            ("most", &l.money(largest.spend)),
            ("month", &month_name(l, largest)),
        ],
    )
}

fn tips(l: Lang, months: &[ChartMonth], customer: CustomerId) -> AnyView {
    let tip = |month: &ChartMonth| {
        let href = format!("/customers/{customer}/orders?from={}&to={}", month.first.iso(), month.last.iso());
        let spend = format!("{}, {}", l.money(month.spend), l.count("orders.count", month.orders));
        let before = month.year_before.map(|(money, _)| {
            let text = l.with("analytics.before_tip", &[("spend", &l.money(money))]);
            view! { <br/>{text} }
        });
        view! {
            <a class="chart-point" href=href>
                <span class="chart-tip"><b>{month_name(l, month)}</b>{spend}{before}</span>
            </a>
        }
    };
    months.iter().map(tip).collect_view().into_any()
}

/// A label below every column, where they fit; otherwise below some, with the year.
fn labels(l: Lang, months: &[ChartMonth]) -> AnyView {
    let every = months.len().div_ceil(LABELS).max(1);
    let label = |(at, month): (usize, &ChartMonth)| {
        let date = month.first.date();
        let name = l.dynamic(&format!("month.{}", date.month()));
        let text = match every {
            1 => name,
            _ if at % every == 0 => format!("{} {:02}", truncate(&name, 3), date.year() % 100),
            _ => String::new(),
        };
        // Of the labels every other one fits on a phone.
        view! { <span data-minor=(at / every % 2 == 1).then_some("")>{text}</span> }
    };
    months.iter().enumerate().map(label).collect_view().into_any()
}

fn table(l: Lang, months: &[ChartMonth], compared: bool) -> AnyView {
    let row = |month: &ChartMonth| {
        let before = month.year_before.map(|(money, _)| view! { <td class="num">{l.money(money)}</td> });
        view! {
            <tr>
                <th scope="row">{month_name(l, month)}</th>
                <td class="num">{l.money(month.spend)}</td>
                <td class="num">{l.integer(month.orders)}</td>
                {before}
            </tr>
        }
    };
    let before = compared.then(|| view! { <th scope="col" class="num">{l.t("analytics.year_before")}</th> });
    view! {
        <details class="chart-data">
            <summary class="link">{l.t("analytics.as_table")}</summary>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{l.t("analytics.month")}</th>
                        <th scope="col" class="num">{l.t("analytics.spend")}</th>
                        <th scope="col" class="num">{l.t("orders.title")}</th>
                        {before}
                    </tr>
                </thead>
                <tbody>{months.iter().map(row).collect_view()}</tbody>
            </table>
        </details>
    }
    .into_any()
}
