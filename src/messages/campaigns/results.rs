//! The report on a campaign's page: figures, the test of subjects, links.

use super::CampaignView;
use super::api::{campaign_report, choose_winner};
use super::report::{LinkFigures, Report, rate};
use super::subject_test::{TestView, WinnerRule, letter};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::resource;
use crate::office::staff::Right;
use crate::ui::{Icon, Loaded, Term, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// While a campaign is being sent its figures are read anew so often at most.
const STEPS: i64 = 20;

/// What came of a campaign, kept up to date with `campaign`.
#[component]
pub fn Results(campaign: RwSignal<CampaignView>) -> impl IntoView {
    let id = campaign.with_untracked(|campaign| campaign.id);
    let key = Memo::new(move |_| {
        campaign.with(|campaign| {
            let step = (campaign.waterfall.gets_it / STEPS).max(1);
            let winner = campaign.test.as_ref().and_then(|test| test.winner);
            let decides = campaign.test.as_ref().and_then(|test| test.decides);
            (campaign.state, campaign.progress.sent / step, campaign.pulse, winner, decides)
        })
    });
    let report = resource(move || key.get(), move |_| campaign_report(id));
    view! { <Loaded resource=report view=move |report: Report| view! { <Shown report campaign/> }.into_any()/> }.into_any()
}

#[component]
fn Shown(report: Report, campaign: RwSignal<CampaignView>) -> impl IntoView {
    let Report { links, test, .. } = report.clone();
    view! {
        <div class="stack">
            <Numbers report/>
            {test.map(|test| view! { <Test test campaign/> })}
            <Links links/>
        </div>
    }
    .into_any()
}

/// A figure: its key, its value, what it is a share of, a text on hover.
struct Figure {
    label: &'static str,
    value: String,
    note: String,
    tip: Option<&'static str>,
}

fn figures(l: Lang, report: &Report) -> Vec<Figure> {
    let f = &report.figures;
    let share = |key: &str, count: i64, of: i64| {
        let rate = rate(count, of).map_or_else(|| "—".to_owned(), |rate| l.percent(rate));
        l.with(key, &[("rate", &rate), ("count", &l.integer(of))])
    };
    let of_delivered = |count| share("campaign.report.of_delivered", count, f.delivered());
    let figure = |label, count: i64, note, tip| Figure { label, value: l.integer(count), note, tip };
    let mut opened = of_delivered(f.opened);
    if f.machines > 0 {
        opened = format!("{opened}, {}", l.count("campaign.report.machines", f.machines));
    }
    let window = if report.opens_count { "campaign.report.window_opens" } else { "campaign.report.window" };
    let revenue = Figure {
        label: "campaign.report.revenue",
        value: l.money(report.revenue),
        note: l.t("campaign.report.revenue_note").to_owned(),
        tip: Some("campaign.report.revenue_tip"),
    };
    vec![
        figure(
            "campaign.report.delivered",
            f.delivered(),
            share("campaign.report.delivered_note", f.delivered(), f.sent),
            Some("campaign.report.delivered_tip"),
        ),
        figure("campaign.report.opened", f.opened, opened, Some("campaign.report.opened_tip")),
        figure("campaign.report.clicked", f.clicked, of_delivered(f.clicked), Some("campaign.report.clicked_tip")),
        figure("campaign.report.orders", f.orders, l.count(window, i64::from(report.days)), None),
        revenue,
        figure("campaign.report.unsubscribed", f.unsubscribed, of_delivered(f.unsubscribed), None),
        figure("campaign.report.bounced", f.bounced, share("campaign.report.of_sent", f.bounced, f.sent), None),
        figure("campaign.report.complained", f.complained, of_delivered(f.complained), None),
    ]
}

#[component]
fn Numbers(report: Report) -> impl IntoView {
    let l = use_lang();
    let follows = report.follows;
    let stat = move |figure: Figure| {
        let label = match figure.tip {
            Some(tip) => view! { <Term id=figure.label.replace('.', "-") text=l.t(tip)>{l.t(figure.label)}</Term> }.into_any(),
            None => l.t(figure.label).into_any(),
        };
        view! {
            <div class="stat">
                <dt class="stat-label">{label}</dt>
                <dd class="stat-value">{figure.value}</dd>
                <dd class="stat-note">{figure.note}</dd>
            </div>
        }
    };
    let stats = figures(l, &report).into_iter().map(stat).collect_view();
    view! {
        <section class="card" aria-labelledby="campaign-results">
            <header class="card-head"><h2 class="card-title" id="campaign-results">{l.t("campaign.report.title")}</h2></header>
            <div class="card-body stack">
                <dl class="stats stats-told">{stats}</dl>
                {(!follows).then(|| view! {
                    <div class="banner" data-tone="info"><Icon name="info"/><p class="banner-body">{l.t("campaign.report.not_followed")}</p></div>
                })}
            </div>
        </section>
    }
}

/// How the subjects did, and which one the rest gets.
#[component]
fn Test(test: TestView, campaign: RwSignal<CampaignView>) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let may = use_session().has(Right::SendCampaigns);
    let busy = RwSignal::new(false);
    let waits = test.winner.is_none() && campaign.with_untracked(|campaign| campaign.frozen && !campaign.state.is_over());
    let choose = move |winner: usize| {
        busy.set(true);
        let id = campaign.with_untracked(|campaign| campaign.id);
        spawn_local(async move {
            let answer = choose_winner(id, winner).await;
            busy.try_set(false);
            match answer {
                Ok(view) => drop(campaign.try_set(view)),
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let said = said(l, &test);
    let row = |(index, subject): (usize, String)| {
        let tally = test.tallies.get(index).copied().unwrap_or_default();
        let share = |count: i64| {
            let rate = rate(count, tally.sent).map(|rate| format!(" ({})", l.percent(rate))).unwrap_or_default();
            format!("{}{rate}", l.integer(count))
        };
        let wins = (test.winner == Some(index))
            .then(|| view! { <span class="badge" data-tone="ok">{l.t("campaign.report.wins")}</span> });
        let label = l.with("campaign.report.choose", &[("letter", &letter(index))]);
        let button = (waits && may).then(|| {
            view! {
                <button class="btn btn-sm" type="button" disabled=busy on:click=move |_| choose(index)>{label}</button>
            }
        });
        view! {
            <tr>
                <th scope="row" data-slot="title"><span class="strong">{letter(index).to_string()}</span> " " <span dir="auto">{subject}</span> " " {wins}</th>
                <td class="num" data-slot="value">{l.integer(tally.sent)}</td>
                <td class="num" data-slot="sub" data-suffix=l.t("campaign.report.opened_word")>{share(tally.opened)}</td>
                <td class="num" data-slot="state" data-suffix=l.t("campaign.report.clicked_word")>{share(tally.clicked)}</td>
                <td data-slot="tags">{button}</td>
            </tr>
        }
    };
    let rows = test.subjects.iter().cloned().enumerate().map(row).collect_view();
    view! {
        <section class="card" aria-labelledby="campaign-test">
            <header class="card-head"><h2 class="card-title" id="campaign-test">{l.t("campaign.report.test")}</h2></header>
            <div class="card-body"><p>{said}</p></div>
            <div class="table-scroll" role="region" aria-label=l.t("campaign.report.test") tabindex="0">
                <table class="table table-wrap table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("campaign.report.subject")}</th>
                            <th scope="col" class="num">{l.t("campaign.report.sample")}</th>
                            <th scope="col" class="num">{l.t("campaign.report.opened")}</th>
                            <th scope="col" class="num">{l.t("campaign.report.clicked")}</th>
                            <th scope="col"><span class="sr-only">{l.t("campaign.report.wins")}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// Which subject won and why, or what one waits for.
fn said(l: Lang, test: &TestView) -> String {
    let decided = match (test.winner, test.decides) {
        (Some(winner), _) => l.with(&format!("campaign.report.why.{}", test.why), &[("letter", &letter(winner))]),
        (None, _) if test.test.rule == WinnerRule::Hand => l.t("campaign.report.by_hand").to_owned(),
        (None, Some(at)) => l.with("campaign.report.decides", &[("when", &l.moment(at))]),
        (None, None) => l.t("campaign.report.undecided").to_owned(),
    };
    let rest = test.rest.map(|at| {
        let time = format!("{:02}:{:02}", at.minute / 60, at.minute % 60);
        l.with("campaign.report.rest", &[("time", &time), ("day", &l.day(at.day))])
    });
    [Some(decided), rest].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Where a link leads: that to the shop, which every layout has, by what it is.
fn shown(l: Lang, target: String) -> AnyView {
    if target.trim_start_matches("{{").trim_end_matches("}}").trim() == "shop.url" {
        return view! { {l.t("settings.website")} }.into_any();
    }
    view! { <span class="code" dir="ltr">{target}</span> }.into_any()
}

#[component]
fn Links(links: Vec<LinkFigures>) -> impl IntoView {
    let l = use_lang();
    if links.is_empty() {
        return ().into_any();
    }
    let row = move |link: LinkFigures| {
        view! {
            <tr>
                <th scope="row" data-slot="title">{shown(l, link.target)}</th>
                <td class="num" data-slot="value">{l.integer(link.people)}</td>
                <td class="num" data-slot="sub" data-suffix=l.t("campaign.report.clicks_word")>{l.integer(link.clicks)}</td>
                <td class="num" data-slot="state" data-suffix=l.t("campaign.report.by_machines_word")>{l.integer(link.machine_clicks)}</td>
            </tr>
        }
    };
    view! {
        <section class="card" aria-labelledby="campaign-links">
            <header class="card-head"><h2 class="card-title" id="campaign-links">{l.t("campaign.report.links")}</h2></header>
            <div class="table-scroll" role="region" aria-label=l.t("campaign.report.links") tabindex="0">
                <table class="table table-wrap table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("campaign.report.link")}</th>
                            <th scope="col" class="num">{l.t("campaign.report.people")}</th>
                            <th scope="col" class="num">{l.t("campaign.report.clicks")}</th>
                            <th scope="col" class="num">{l.t("campaign.report.by_machines")}</th>
                        </tr>
                    </thead>
                    <tbody>{links.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
