//! How a segment's size went: a small line in the list, a drawing with a table on its page.

use super::DaySize;
use crate::base::Day;
use crate::base::i18n::{Lang, use_lang};
use crate::base::text::truncate;
use leptos::prelude::*;

/// The drawings' height in their own units.
const HEIGHT: i64 = 100;
/// Width of a day in the drawing.
const COLUMN: i64 = 10;
/// Labels that fit below the drawing.
const LABELS: usize = 10;

/// The share of members among all customers, in thousandths.
#[must_use]
pub(super) fn share(members: i64, customers: i64) -> i64 {
    if customers <= 0 { 0 } else { (members.saturating_mul(2_000) + customers).div_euclid(2 * customers) }
}

/// A line without words; `None` of fewer than two days.
#[component]
pub(super) fn Sparkline(trend: Vec<DaySize>) -> impl IntoView {
    let l = use_lang();
    if trend.len() < 2 {
        return view! { <span class="nil">"—"</span> }.into_any();
    }
    let width = COLUMN * count(trend.len());
    let line = line(&trend, scale(&trend));
    view! {
        <svg class="spark" viewBox=format!("0 -6 {width} {}", HEIGHT + 12) preserveAspectRatio="none" role="img" aria-label=in_words(l, &trend)>
            <path class="chart-line" d=line></path>
        </svg>
    }
    .into_any()
}

/// The drawing.
#[component]
pub(super) fn TrendChart(trend: Vec<DaySize>) -> impl IntoView {
    let l = use_lang();
    let top = scale(&trend).1;
    let width = COLUMN * count(trend.len());
    let path = line(&trend, (0, top));
    let fill = format!("M{} {HEIGHT}L{}L{} {HEIGHT}Z", COLUMN / 2, path.trim_start_matches('M'), width - COLUMN / 2);
    let dots: String = points(&trend, (0, top)).map(|(x, y)| format!("M{x} {y}h0")).collect();
    let grid: String = (0..=4).map(|at| format!("M0 {}H{width}", at * HEIGHT / 4)).collect();
    let ticks = (0..=4).rev().map(|at| view! { <span>{l.integer(top * at / 4)}</span> }).collect_view();
    // Where not all days fit, the newest are in sight first.
    let scroll = NodeRef::<leptos::html::Div>::new();
    Effect::new(move || {
        if let Some(scroll) = scroll.get() {
            scroll.set_scroll_left(scroll.scroll_width());
        }
    });
    view! {
        <figure class="chart chart-sm">
            <figcaption class="chart-head"><h2 class="card-title">{l.t("segments.trend")}</h2></figcaption>
            <div class="chart-plot">
                <div class="chart-y" aria-hidden="true">{ticks}</div>
                <div class="chart-scroll" node_ref=scroll>
                    <div class="chart-area">
                        <svg class="chart-svg" viewBox=format!("0 0 {width} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=in_words(l, &trend)>
                            <path class="chart-grid" d=grid></path>
                            <path class="chart-fill" d=fill></path>
                            <path class="chart-line" d=path></path>
                            {(trend.len() <= 31).then(|| view! { <path class="chart-dot" d=dots></path> })}
                        </svg>
                        <div class="chart-points">{tips(l, &trend)}</div>
                    </div>
                    <div class="chart-x" aria-hidden="true">{labels(l, &trend)}</div>
                </div>
            </div>
            {table(l, &trend)}
        </figure>
    }
    .into_any()
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// The least and the greatest size; the latter a number that four steps divide.
fn scale(trend: &[DaySize]) -> (i64, i64) {
    let sizes = || trend.iter().map(|day| day.members);
    let top = sizes().max().unwrap_or_default().max(4);
    (sizes().min().unwrap_or_default(), (top + 3) / 4 * 4)
}

fn points(trend: &[DaySize], (least, most): (i64, i64)) -> impl Iterator<Item = (i64, i64)> {
    let depth = move |members: i64| HEIGHT - (members - least) * HEIGHT / (most - least).max(1);
    trend.iter().zip(0..).map(move |(day, at)| (at * COLUMN + COLUMN / 2, depth(day.members)))
}

/// The path through the points: `M5 20L15 40`.
fn line(trend: &[DaySize], scale: (i64, i64)) -> String {
    let steps: Vec<String> = points(trend, scale).map(|(x, y)| format!("{x} {y}")).collect();
    format!("M{}", steps.join("L"))
}

fn in_words(l: Lang, trend: &[DaySize]) -> String {
    let (Some(first), Some(last)) = (trend.first(), trend.last()) else { return String::new() };
    l.with(
        "segments.trend_words",
        &[
            ("from", &l.day(first.day)),
            ("to", &l.day(last.day)),
            ("first", &l.integer(first.members)),
            ("last", &l.integer(last.members)),
        ],
    )
}

fn tips(l: Lang, trend: &[DaySize]) -> AnyView {
    let tip = |day: &DaySize| {
        let size = l.count("groups.size", day.members);
        view! { <span class="chart-point"><span class="chart-tip"><b>{l.day(day.day)}</b>{size}</span></span> }
    };
    trend.iter().map(tip).collect_view().into_any()
}

/// `4 Nov`.
fn short(l: Lang, day: Day) -> String {
    let date = day.date();
    format!("{} {}", date.day(), truncate(&l.dynamic(&format!("month.{}", date.month())), 3))
}

fn labels(l: Lang, trend: &[DaySize]) -> AnyView {
    let every = trend.len().div_ceil(LABELS).max(1);
    let label = |(at, day): (usize, &DaySize)| {
        let text = if at % every == 0 { short(l, day.day) } else { String::new() };
        // Of the labels every other one fits on a phone.
        view! { <span data-minor=(at / every % 2 == 1).then_some("")>{text}</span> }
    };
    trend.iter().enumerate().map(label).collect_view().into_any()
}

fn table(l: Lang, trend: &[DaySize]) -> AnyView {
    let row = |day: &DaySize| {
        view! {
            <tr>
                <th scope="row">{l.day(day.day)}</th>
                <td class="num">{l.integer(day.members)}</td>
                <td class="num">{l.percent(share(day.members, day.customers))}</td>
            </tr>
        }
    };
    view! {
        <details class="chart-data">
            <summary class="link">{l.t("segments.as_table")}</summary>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{l.t("segments.day")}</th>
                        <th scope="col" class="num">{l.t("segments.members")}</th>
                        <th scope="col" class="num">{l.t("segments.share")}</th>
                    </tr>
                </thead>
                <tbody>{trend.iter().rev().map(row).collect_view()}</tbody>
            </table>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_has_the_least_below_and_the_greatest_above() {
        let days: Vec<DaySize> =
            [(1, 10), (2, 40), (3, 25)].map(|(day, members)| DaySize { day: Day(day), members, customers: 100 }).into();
        assert_eq!(scale(&days), (10, 40));
        assert_eq!(line(&days, scale(&days)), "M5 100L15 0L25 50");
        assert_eq!((share(1, 3), share(0, 0), share(5, 5)), (333, 0, 1_000));
        let flat = [DaySize { day: Day(1), members: 0, customers: 0 }; 2];
        assert_eq!(line(&flat, scale(&flat)), "M5 100L15 100");
    }
}
