//! The last step: when a campaign is sent, whether several subjects are tried, and the button that sends it, which says to how many.

use super::api::open_composer;
use super::subjects::SubjectsCard;
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, AppResult, CampaignId, Day, resource};
use crate::messages::campaigns::api::{plan_campaign, schedule_campaign, start_campaign};
use crate::messages::campaigns::{CampaignForm, CampaignView, Schedule, SendPlan, Timing, When};
use crate::ui::{ConfirmDialog, DialogHandle, Icon, SkeletonLines};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

/// What is chosen, and what it would come to.
#[derive(Clone, Copy)]
struct Sending {
    id: CampaignId,
    form: RwSignal<CampaignForm>,
    /// Part of the form: a reload keeps what is chosen.
    timing: Memo<Timing>,
    plan: RwSignal<Option<SendPlan>>,
    error: RwSignal<Option<AppError>>,
    busy: RwSignal<bool>,
}

impl Sending {
    /// The time that is chosen; none where it goes now, or where nothing whole is typed.
    fn schedule(self) -> Option<Schedule> {
        let timing = self.timing.get();
        let own_zones = match timing.when {
            When::Now => return None,
            when => when == When::Own,
        };
        let day = Day::parse(&timing.day)?;
        let minute = minute(&timing.time)?;
        Some(Schedule { day, minute, own_zones })
    }

    /// Whether what is chosen can be sent: now, or at a time that is typed.
    fn is_whole(self) -> bool {
        self.is_now() || self.schedule().is_some()
    }

    fn is_now(self) -> bool {
        self.timing.with(|timing| timing.when == When::Now)
    }

    fn gets_it(self) -> i64 {
        self.plan.get().map_or(0, |plan| plan.waterfall.gets_it)
    }

    async fn send(self) -> AppResult<CampaignView> {
        let typed = self.form.with_untracked(CampaignForm::trimmed);
        let saved = open_composer(self.id).await?.form;
        // What is sent is what is saved, so what is seen must be that. The time is said with the order to send.
        if (CampaignForm { timing: typed.timing.clone(), ..saved }) != typed {
            return Err(AppError::Conflict { message: "composer.send.unsaved".into() });
        }
        match untrack(|| self.schedule()) {
            Some(schedule) => schedule_campaign(self.id, schedule).await,
            None => start_campaign(self.id).await,
        }
    }
}

/// `09:30` in minutes after midnight.
fn minute(typed: &str) -> Option<u16> {
    let (hour, minute) = typed.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// Chooses when a campaign is sent and with which subjects, and sends it.
#[component]
pub fn SendStep(id: CampaignId, form: RwSignal<CampaignForm>) -> impl IntoView {
    let sending = Sending {
        id,
        form,
        timing: Memo::new(move |_| form.with(|form| form.timing.clone())),
        plan: RwSignal::new(None),
        error: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    view! {
        <div class="columns">
            <div class="stack"><WhenCard sending/><SubjectsCard form gets_it=Signal::derive(move || sending.gets_it())/></div>
            <div class="stack"><WhoCard sending/></div>
        </div>
    }
    .into_any()
}

#[component]
fn WhenCard(sending: Sending) -> impl IntoView {
    let l = use_lang();
    let zone = use_session().time_zone;
    let is_now = Memo::new(move |_| sending.is_now());
    let shop_hint = l.with("composer.send.later_hint", &[("zone", &zone)]);
    let choice = move |when: When, label: &'static str, hint: String| {
        view! {
            <label class="check">
                <input
                    type="radio"
                    class="radio"
                    name="when"
                    checked=sending.timing.with_untracked(|timing| timing.when == when)
                    prop:checked=move || sending.timing.with(|timing| timing.when == when)
                    on:change=move |_| sending.form.update(|form| form.timing.when = when)
                />
                <span>{l.t(label)} <span class="hint">{hint}</span></span>
            </label>
        }
    };
    view! {
        <section class="card" aria-labelledby="send-when">
            <header class="card-head"><h2 class="card-title" id="send-when">{l.t("composer.send.when")}</h2></header>
            <div class="card-body stack">
                <fieldset class="fieldset">
                    <legend class="sr-only">{l.t("composer.send.when")}</legend>
                    <div class="check-list">
                        {choice(When::Now, "composer.send.now", l.t("composer.send.now_hint").to_owned())}
                        {choice(When::Shop, "composer.send.later", shop_hint)}
                        {choice(When::Own, "composer.send.own", l.t("composer.send.own_hint").to_owned())}
                    </div>
                </fieldset>
                {move || (!is_now.get()).then(|| view! { <TimeFields sending/> })}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn TimeFields(sending: Sending) -> impl IntoView {
    let l = use_lang();
    let field = move |id: &'static str, kind: &'static str, label: &'static str, part: fn(&mut Timing) -> &mut String| {
        let text = move || sending.form.with(|form| part(&mut form.timing.clone()).clone());
        view! {
            <div class="field">
                <label class="label" for=id>{l.t(label)}</label>
                <input
                    class="input"
                    id=id
                    name=id
                    type=kind
                    value=untrack(text)
                    prop:value=text
                    on:change=move |event| sending.form.update(|form| *part(&mut form.timing) = event_target_value(&event))
                />
            </div>
        }
    };
    view! {
        <div class="form-grid">
            {field("send-day", "date", "composer.send.day", |timing| &mut timing.day)}
            {field("send-time", "time", "composer.send.time", |timing| &mut timing.time)}
        </div>
    }
}

/// Whom it reaches, step by step, and the button.
#[component]
fn WhoCard(sending: Sending) -> impl IntoView {
    let l = use_lang();
    let confirm = DialogHandle::new();
    let navigate = use_navigate();
    let on_confirm = Callback::new(move |()| {
        let navigate = navigate.clone();
        sending.busy.set(true);
        spawn_local(async move {
            let answer = sending.send().await;
            sending.busy.try_set(false);
            match answer {
                Ok(view) => navigate(&format!("/campaigns/{}", view.id), Default::default()),
                Err(error) => drop(sending.error.try_set(Some(error))),
            }
        });
    });
    let action = Signal::derive(move || {
        let key = if sending.is_now() { "composer.send.send" } else { "composer.send.schedule" };
        l.count(key, sending.gets_it())
    });
    let explained = move || l.t(if sending.is_now() { "composer.send.confirm_now" } else { "composer.send.confirm_later" });
    let blocked = move || sending.busy.get() || sending.gets_it() == 0 || !sending.is_whole();
    view! {
        <section class="card" aria-labelledby="send-who">
            <header class="card-head"><h2 class="card-title" id="send-who">{l.t("composer.send.who")}</h2></header>
            <div class="card-body stack">
                <Plan sending/>
                <div role="alert">
                    {move || sending.error.get().map(|error| view! { <p class="error"><Icon name="alert-circle"/>{l.error(&error)}</p> })}
                </div>
                <button
                    class="btn btn-primary btn-block"
                    type="button"
                    disabled=blocked
                    aria-busy=move || sending.busy.get().then_some("true")
                    on:click=move |_| {
                        sending.error.set(None);
                        confirm.open();
                    }
                >
                    <Icon name="send"/>
                    <span>{action}</span>
                </button>
            </div>
        </section>
        <ConfirmDialog handle=confirm id="send-campaign" title=action action=action harmless=true on_confirm>
            <p>{explained}</p>
        </ConfirmDialog>
    }
    .into_any()
}

/// What sending would come to, asked anew when the time changes.
#[component]
fn Plan(sending: Sending) -> impl IntoView {
    let l = use_lang();
    let id = sending.id;
    let asked = Memo::new(move |_| sending.is_whole().then(|| sending.schedule()));
    let plan = resource(
        move || asked.get(),
        move |asked| async move {
            match asked {
                Some(schedule) => plan_campaign(id, schedule).await.map(Some),
                None => Ok(None),
            }
        },
    );
    Effect::new(move |_| {
        let answer = plan.get();
        sending.plan.set(answer.and_then(Result::ok).flatten());
    });
    let show = move || {
        Suspend::new(async move {
            match plan.await {
                Ok(Some(plan)) => view! { <Planned plan sending/> }.into_any(),
                Ok(None) => view! { <p class="soft">{l.t("composer.send.choose_time")}</p> }.into_any(),
                Err(error) => view! { <p class="error"><Icon name="alert-circle"/>{l.error(&error)}</p> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <SkeletonLines lines=6/> }>{show}</Transition> }.into_any()
}

#[component]
fn Planned(plan: SendPlan, sending: Sending) -> impl IntoView {
    let l = use_lang();
    let w = plan.waterfall;
    let line = |key: &'static str, count: i64| view! { <dt>{l.t(key)}</dt><dd class="tnum">{l.integer(count)}</dd> };
    let left_out = [
        ("campaign.step.no_consent", w.no_consent),
        ("campaign.step.suppressed", w.suppressed),
        ("campaign.step.capped", w.capped),
        ("campaign.step.no_address", w.no_address),
    ];
    let lines = left_out.map(|(key, count)| line(key, -count)).collect_view();
    let nobody = (w.gets_it == 0).then(|| {
        view! { <div class="banner" data-tone="warn"><Icon name="alert-triangle"/><p class="banner-body">{l.t("composer.send.nobody")}</p></div> }
    });
    view! {
        <dl class="sums">
            {line("campaign.step.matched", w.matched)}
            {lines}
            <dt class="total">{l.t("campaign.step.gets_it")}</dt>
            <dd class="total tnum">{l.integer(w.gets_it)}</dd>
        </dl>
        {nobody}
        {times(l, &plan).into_iter().map(|text| view! { <p class="soft">{text}</p> }).collect_view()}
        {move || of_rest(l, &plan, sending).map(|text| view! { <p class="soft">{text}</p> })}
    }
}

/// When the rest of a test of subjects gets it, where that goes by each recipient's clocks.
fn of_rest(l: Lang, plan: &SendPlan, sending: Sending) -> Option<String> {
    let sample = sending.schedule().filter(|schedule| schedule.own_zones)?;
    let test = sending.form.with(|form| form.test.clone());
    let day = test.is_on().then(|| plan.rest_day(sample, &test))?;
    Some(match day {
        Some(day) => l.with("composer.send.rest_on", &[("day", &l.day(day))]),
        None => l.t("composer.send.rest_by_hand").to_owned(),
    })
}

/// When the first and the last mail go, and who has passed the time already.
fn times(l: Lang, plan: &SendPlan) -> Vec<String> {
    let span = plan
        .span
        .filter(|(first, last)| first != last)
        .map(|(first, last)| l.with("composer.send.span", &[("first", &l.moment(first)), ("last", &l.moment(last))]));
    let at_once = (plan.at_once > 0).then(|| l.count("composer.send.at_once", plan.at_once));
    [span, at_once].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::minute;

    #[test]
    fn times_are_read_as_browsers_write_them() {
        assert_eq!(minute("09:30"), Some(570));
        assert_eq!(minute("23:59:00"), Some(1_439));
        for bad in ["", "9", "24:00", "09:60", "aa:bb", "09:"] {
            assert_eq!(minute(bad), None, "{bad}");
        }
    }
}
