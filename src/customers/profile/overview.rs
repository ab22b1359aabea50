//! The overview: the last order, the newest notes, the details and the addresses at a glance.

use super::{Profile, Tab, use_profile};
use crate::base::CustomerId;
use crate::base::contact::readable_phone;
use crate::base::i18n::{Lang, use_lang};
use crate::customers::addresses::tab::AddressesCard;
use crate::customers::notes::tab::NotesCard;
use crate::customers::segments::card::SegmentsCard;
use crate::ui::Icon;
use leptos::prelude::*;

#[component]
pub fn OverviewTab(
    id: CustomerId,
    /// Cards of other wings, above the notes.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="columns">
            <div class="stack">
                {children()}
                <NotesCard id/>
            </div>
            <div class="stack">
                <DetailsCard id/>
                <SegmentsCard id/>
                <AddressesCard id/>
            </div>
        </div>
    }
}

#[component]
fn DetailsCard(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let profile = use_profile().profile;
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("profile.tab.details")}</h2>
                <div class="card-actions">
                    <a class="btn btn-sm btn-ghost" href=Tab::Details.href(id)><Icon name="pencil"/>{l.t("ui.edit")}</a>
                </div>
            </header>
            <div class="card-body"><dl class="facts">{move || profile.with(|profile| facts(profile, l))}</dl></div>
        </section>
    }
}

fn facts(profile: &Profile, l: Lang) -> impl IntoView + use<> {
    let nil = || view! { <span class="nil">"—"</span> }.into_any();
    let text = |text: String| if text.is_empty() { nil() } else { view! { <bdi>{text}</bdi> }.into_any() };
    let confirmed = profile
        .email_confirmed
        .then(|| view! { " " <span class="badge" data-tone="ok"><Icon name="check"/>{l.t("profile.confirmed")}</span> });
    let phone = profile.phone.clone().map(|phone| {
        view! { <a class="link" href=format!("tel:{}", profile.dial)><bdi>{readable_phone(&phone)}</bdi></a> }.into_any()
    });
    let (group, discount) = profile.pricing_group.clone();
    let discount = (discount > 0).then(|| view! { " " <span class="dim">{l.percent(discount / 10)}</span> });
    let yes = |granted: bool| if granted { l.t("ui.yes") } else { l.t("ui.no") };
    let marketing =
        l.with("profile.marketing", &[("email", &yes(profile.marketing_email)), ("sms", &yes(profile.marketing_sms))]);
    let source = l.dynamic(&format!("source.{}", profile.source));
    let source = profile.campaign.clone().map_or_else(|| source.clone(), |campaign| format!("{source}, {campaign}"));
    view! {
        <dt>{l.t("field.email")}</dt>
        <dd><a class="link" href=format!("mailto:{}", profile.email)>{profile.email.clone()}</a>{confirmed}</dd>
        <dt>{l.t("field.phone")}</dt>
        <dd>{phone.unwrap_or_else(nil)}</dd>
        <dt>{l.t("field.company")}</dt>
        <dd>{text(profile.company.clone())}</dd>
        <dt>{l.t("field.date_of_birth")}</dt>
        <dd>{text(profile.date_of_birth.map(|day| l.day(day)).unwrap_or_default())}</dd>
        <dt>{l.t("field.pricing_group")}</dt>
        <dd>{group}{discount}</dd>
        <dt>{l.t("profile.marketing_title")}</dt>
        <dd>{marketing}</dd>
        <dt>{l.t("field.branch")}</dt>
        <dd>{text(profile.branch.clone().unwrap_or_default())}</dd>
        <dt>{l.t("profile.source")}</dt>
        <dd>{text(source)}</dd>
    }
}
