//! The first step: whom a campaign is for, and about what.

use super::Choices;
use super::api::audience_choices;
use super::parts::PartsCard;
use super::reach::Reach;
use super::waterfall::WaterfallCard;
use crate::base::i18n::use_lang;
use crate::base::{CampaignId, resource};
use crate::messages::campaigns::{Audience, CampaignForm, Part};
use crate::messages::suppression::TOPICS;
use crate::ui::Loaded;
use leptos::prelude::*;

/// The two sides of an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Include,
    Exclude,
}

impl Side {
    pub fn of(self, audience: &Audience) -> &Vec<Part> {
        match self {
            Self::Include => &audience.include,
            Self::Exclude => &audience.exclude,
        }
    }

    pub fn of_mut(self, audience: &mut Audience) -> &mut Vec<Part> {
        match self {
            Self::Include => &mut audience.include,
            Self::Exclude => &mut audience.exclude,
        }
    }
}

/// Chooses topic and audience.
#[component]
pub fn AudienceStep(id: CampaignId, form: RwSignal<CampaignForm>) -> impl IntoView {
    let reach = Reach::new(id, form);
    reach.follow();
    let choices = resource(move || id, audience_choices);
    let cards = move |choices: Choices| {
        let choices = StoredValue::new(choices);
        view! {
            <PartsCard reach side=Side::Include choices/>
            <PartsCard reach side=Side::Exclude choices/>
        }
        .into_any()
    };
    view! {
        <div class="columns composer-columns">
            <div class="stack">
                <Loaded resource=choices view=cards/>
                <TopicCard form/>
            </div>
            <div class="stack composer-side"><WaterfallCard reach/></div>
        </div>
    }
    .into_any()
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
