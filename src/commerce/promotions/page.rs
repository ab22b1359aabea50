//! The page of promotions: what runs, how often each was used, and the dialog that writes one.

use super::api::{list_promotions, switch_promotion};
use super::dialog::{PromotionDialog, Writing};
use super::{PromotionChoices, PromotionPage, PromotionQuery, PromotionRow};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, Day, Money, Resource, resource};
use crate::commerce::eligibility::{Choices, early_names};
use crate::commerce::pricing::Benefit;
use crate::commerce::products::parts::CatalogueTabs;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::toast::use_toasts;
use crate::ui::{DialogHandle, EmptyState, ErrorState, Icon, LiveForm, SearchField, SkeletonLines, lazy_page};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

lazy_page!(
    /// `/promotions`.
    PromotionsRoute,
    commerce,
    promotions_view
);

fn promotions_view() -> AnyView {
    view! { <Guard rights=&[Right::ManageSettings]><PromotionsView/></Guard> }.into_any()
}

type Promotions = Resource<Result<PromotionPage, AppError>>;

#[component]
fn PromotionsView() -> impl IntoView {
    let l = use_lang();
    let search = use_location().search;
    let list: Promotions = resource(move || search.get(), list_promotions);
    let query = Memo::new(move |_| PromotionQuery::parse(&search.get()));
    let writing = Writing::new();
    let dialog = DialogHandle::new();
    // After the page has been taken over: until then the dialog must be what the server rendered.
    Effect::new(move |_| {
        if let Some(Ok(page)) = list.get() {
            writing.choices.set(page.choices);
        }
    });
    let write = Callback::new(move |row: Option<PromotionRow>| {
        writing.begin(row);
        dialog.open();
    });
    let text = Signal::derive(move || query.get().search);
    let all = move || query.get().all;
    view! {
        <Title text=l.t("promotions.title")/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{l.t("promotions.title")}</h1>
                <CatalogueTabs/>
                <div class="page-actions">
                    <button class="btn btn-primary btn-collapse" type="button" on:click=move |_| write.run(None)>
                        <Icon name="plus"/><span>{l.t("promotions.new")}</span>
                    </button>
                </div>
            </header>
            <section class="card">
                <div class="card-body">
                    <LiveForm class="toolbar" canonical=PromotionQuery::canonical label=l.t("orders.filter")>
                        <SearchField name="q" label=l.t("promotions.search") placeholder=l.t("promotions.search") value=text/>
                        <label class="check">
                            <input type="checkbox" class="switch" role="switch" name="all" value="1" checked=all prop:checked=all/>
                            <span>{l.t("promotions.show_all")}</span>
                        </label>
                        <noscript><button class="btn" type="submit">{l.t("orders.filter")}</button></noscript>
                    </LiveForm>
                </div>
                <Transition fallback=|| view! { <SkeletonLines lines=8/> }>
                    {move || Suspend::new(async move {
                        match list.await {
                            Ok(page) => view! { <Rows page query=query.get_untracked() write list/> }.into_any(),
                            Err(error) => {
                                let again = Callback::new(move |()| list.refetch());
                                view! { <ErrorState error on_retry=again/> }.into_any()
                            }
                        }
                    })}
                </Transition>
            </section>
            <PromotionDialog writing handle=dialog on_saved=Callback::new(move |()| list.refetch())/>
        </div>
    }
    .into_any()
}

#[component]
fn Rows(page: PromotionPage, query: PromotionQuery, write: Callback<Option<PromotionRow>>, list: Promotions) -> impl IntoView {
    let l = use_lang();
    if page.rows.is_empty() {
        return view! { <EmptyState icon="percent" title=l.t("promotions.none") text=l.t("promotions.none_text")/> }.into_any();
    }
    let oldest = page.rows.last().map(|row| row.promotion.id.0);
    let older = PromotionQuery { before: oldest, ..query.clone() }.write();
    let newest = PromotionQuery { before: None, ..query.clone() }.write();
    let choices = StoredValue::new(page.choices);
    let rows = page.rows.into_iter().map(|row| view! { <Row row choices write list/> }).collect_view();
    view! {
        <div class="card-flush">
            <div class="table-scroll" role="region" aria-label=l.t("promotions.title") tabindex="0">
                <table class="table table-wrap table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("promotions.code")}</th>
                            <th scope="col">{l.t("promotions.benefit")}</th>
                            <th scope="col">{l.t("promotions.for")}</th>
                            <th scope="col">{l.t("promotions.period")}</th>
                            <th scope="col" class="num">{l.t("promotions.uses")}</th>
                            <th scope="col">{l.t("staff.state")}</th>
                            <th scope="col"><span class="sr-only">{l.t("staff.actions")}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
        {(page.more || query.before.is_some()).then(|| view! {
            <nav class="pager" aria-label=l.t("promotions.pages")>
                {query.before.is_some().then(|| view! { <a class="btn btn-ghost" href=format!("/promotions?{newest}")>{l.t("promotions.newest")}</a> })}
                {page.more.then(|| view! { <a class="btn btn-ghost row-end" href=format!("/promotions?{older}")>{l.t("promotions.older")}<Icon name="chevron-right"/></a> })}
            </nav>
        })}
    }
    .into_any()
}

#[component]
fn Row(
    row: PromotionRow,
    /// What those are called whom it is for.
    choices: StoredValue<PromotionChoices>,
    write: Callback<Option<PromotionRow>>,
    list: Promotions,
) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let today = use_session().today;
    let promotion = &row.promotion;
    let (id, active) = (promotion.id, promotion.terms.active);
    let switch = move |_| {
        spawn_local(async move {
            match switch_promotion(id, !active).await {
                Ok(()) => list.refetch(),
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let (tone, state) = state(&row, today);
    let uses = match promotion.terms.limit_total {
        0 => l.integer(promotion.uses),
        limit => l.with("promotions.uses_of", &[("uses", &l.integer(promotion.uses)), ("limit", &l.integer(limit))]),
    };
    let name = (promotion.name != promotion.code).then(|| promotion.name.clone());
    let (code, shown) = (promotion.code.clone(), row.clone());
    view! {
        <tr>
            <th scope="row" data-slot="title"><span class="code strong">{code.clone()}</span><span class="line-sub" dir="auto">{name}</span></th>
            <td data-slot="value">{benefit(l, &row)}</td>
            <td data-slot="sub">{choices.with_value(|choices| audience(l, &row, &choices.tiers))}</td>
            <td class="promotion-period" data-slot="meta">{choices.with_value(|choices| period(l, &row, &choices.who))}</td>
            <td class="num" data-slot="extra" data-suffix=l.t("promotions.uses_suffix")>{uses}</td>
            <td data-slot="state"><span class="status" data-tone=tone>{l.t(state)}</span></td>
            <td data-slot="tags">
                <span class="row-actions draft-row-actions">
                    <button class="btn btn-sm" type="button" aria-label=l.with("promotions.edit_of", &[("code", &code)]) on:click=move |_| write.run(Some(shown.clone()))>{l.t("staff.edit")}</button>
                    <button class="btn btn-sm" type="button" on:click=switch>{l.t(if active { "promotions.switch_off" } else { "promotions.switch_on" })}</button>
                </span>
            </td>
        </tr>
    }
}

fn state(row: &PromotionRow, today: Day) -> (Option<&'static str>, &'static str) {
    let terms = row.promotion.terms;
    match () {
        () if !terms.active => (None, "promotions.state.off"),
        () if terms.limit_total > 0 && row.promotion.uses >= terms.limit_total => (Some("warn"), "promotions.state.used_up"),
        () if row.runs => (Some("ok"), "promotions.state.runs"),
        () if row.ends.is_some_and(|last| last < today) => (None, "promotions.state.ended"),
        () => (Some("info"), "promotions.state.to_come"),
    }
}

fn benefit(l: Lang, row: &PromotionRow) -> String {
    match row.promotion.benefit {
        Benefit::Percent(bp) if bp % 10 == 0 => format!("−{}", l.percent(i64::from(bp) / 10)),
        Benefit::Percent(bp) => format!("−{} %", l.hundredths(i64::from(bp))),
        Benefit::Amount(amount) => l.money(Money::new(-amount.minor, amount.currency)),
        Benefit::FreeShipping => l.t("promotions.kind.free_shipping").to_owned(),
    }
}

/// Whom it is for and under which condition, in a few words.
fn audience(l: Lang, row: &PromotionRow, tiers: &[(String, String)]) -> String {
    let promotion = &row.promotion;
    let minimum = (promotion.minimum.minor > 0).then(|| l.with("promotions.from", &[("minimum", &l.money(promotion.minimum))]));
    let first = promotion.terms.first_order_only.then(|| l.t("promotions.first_order").to_owned());
    let code = &promotion.eligible.tier;
    let named = tiers.iter().find(|(other, _)| other == code).map(|(_, name)| name.clone());
    let tier = named.or_else(|| Some(code.clone()).filter(|code| !code.is_empty()));
    let per_customer = promotion.terms.limit_per_customer;
    let often = (per_customer > 0).then(|| l.count("promotions.per_customer", per_customer));
    let segment = row.segment.as_ref().map(|segment| segment.text(l));
    let parts = [row.group.clone(), segment, row.tag.clone(), tier, row.customer.clone(), first, often, minimum];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { l.t("promotions.everybody").to_owned() } else { parts.join(" · ") }
}

fn period(l: Lang, row: &PromotionRow, choices: &Choices) -> String {
    let span = match (row.starts, row.ends) {
        (None, None) => l.t("promotions.always").to_owned(),
        (Some(starts), None) => l.with("promotions.from_day", &[("day", &l.day(starts))]),
        (None, Some(ends)) => l.with("promotions.until_day", &[("day", &l.day(ends))]),
        (Some(starts), Some(ends)) => format!("{} – {}", l.day(starts), l.day(ends)),
    };
    let Some(early) = row.early_starts else { return span };
    let early = match early_names(l, &row.form.early, choices).as_str() {
        "" => l.with("promotions.early_from", &[("day", &l.day(early))]),
        names => l.with("promotions.early_from_for", &[("day", &l.day(early)), ("names", &names)]),
    };
    format!("{span} ({early})")
}
