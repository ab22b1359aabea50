//! The first step: whom a campaign is for, and about what.

use crate::base::CampaignId;
use crate::base::i18n::use_lang;
use crate::messages::campaigns::CampaignForm;
use crate::messages::suppression::TOPICS;
use leptos::prelude::*;

/// Chooses topic and audience.
#[component]
pub fn AudienceStep(#[expect(unused_variables)] id: CampaignId, form: RwSignal<CampaignForm>) -> impl IntoView {
    view! { <div class="stack"><TopicCard form/></div> }.into_any()
}

/// What it is about: customers choose among topics.
#[component]
fn TopicCard(form: RwSignal<CampaignForm>) -> impl IntoView {
    let l = use_lang();
    let choice = TOPICS.map(|topic| {
        view! {
            <label class="seg-item">
                <input
                    type="radio"
                    name="topic"
                    value=topic.code()
                    checked=form.with_untracked(|form| form.topic == topic)
                    prop:checked=move || form.with(|form| form.topic == topic)
                    on:change=move |_| form.update(|form| form.topic = topic)
                />
                {l.t(topic.label_key())}
            </label>
        }
    });
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("composer.audience.topic")}</h2></header>
            <div class="card-body stack">
                <fieldset class="fieldset">
                    <legend class="sr-only">{l.t("composer.audience.topic")}</legend>
                    <div class="seg">{choice.collect_view()}</div>
                </fieldset>
                <p class="hint">{l.t("composer.audience.topic_hint")}</p>
            </div>
        </section>
    }
    .into_any()
}
