//! Trying several subjects: the subjects, the sample, the waiting time, what decides.

use crate::base::i18n::use_lang;
use crate::messages::campaigns::subject_test::{MOST_OTHERS, letter};
use crate::messages::campaigns::{CampaignForm, SubjectTest, WinnerRule};
use crate::ui::Icon;
use leptos::prelude::*;

/// Chooses whether subjects are tried, and how. `gets_it`: how many get the mail.
#[component]
pub fn SubjectsCard(form: RwSignal<CampaignForm>, gets_it: Signal<i64>) -> impl IntoView {
    let l = use_lang();
    let on = Memo::new(move |_| form.with(|form| form.test.is_on()));
    let toggle = move |event| {
        let wanted = event_target_checked(&event);
        form.update(|form| form.test.others = if wanted { vec![String::new()] } else { Vec::new() });
    };
    view! {
        <section class="card" aria-labelledby="send-test">
            <header class="card-head"><h2 class="card-title" id="send-test">{l.t("composer.send.test")}</h2></header>
            <div class="card-body stack">
                <label class="check">
                    <input type="checkbox" role="switch" class="switch" checked=on.get_untracked() prop:checked=on on:change=toggle/>
                    <span><span class="sr-only">{l.t("composer.send.test")}</span> <span class="hint">{l.t("composer.send.test_hint")}</span></span>
                </label>
                {move || on.get().then(|| view! { <Subjects form/><Rules form gets_it/> })}
            </div>
        </section>
    }
    .into_any()
}

/// The campaign's own subject, and the others.
#[component]
fn Subjects(form: RwSignal<CampaignForm>) -> impl IntoView {
    let l = use_lang();
    let count = Memo::new(move |_| form.with(|form| form.test.others.len()));
    let name = move |index: usize| l.with("composer.send.subject_of", &[("letter", &letter(index))]);
    let other = move |at: usize| {
        let id = format!("subject-{}", at + 1);
        let text = move || form.with(|form| form.test.others.get(at).cloned().unwrap_or_default());
        let write = move |event| {
            let typed = event_target_value(&event);
            form.update(|form| {
                if let Some(other) = form.test.others.get_mut(at) {
                    *other = typed;
                }
            });
        };
        let remove = move |_| form.update(|form| drop((at < form.test.others.len()).then(|| form.test.others.remove(at))));
        view! {
            <div class="field">
                <label class="label" for=id.clone()>{name(at + 1)}</label>
                <div class="input-group">
                    <input
                        class="input"
                        id=id.clone()
                        name=id
                        dir="auto"
                        maxlength="500"
                        autocomplete="off"
                        value=untrack(text)
                        prop:value=text
                        on:input=write
                    />
                    <button
                        class="btn btn-icon btn-ghost"
                        type="button"
                        aria-label=l.with("composer.send.remove_subject", &[("letter", &letter(at + 1))])
                        on:click=remove
                    >
                        <Icon name="x"/>
                    </button>
                </div>
            </div>
        }
    };
    let add = move |_| form.update(|form| form.test.others.push(String::new()));
    view! {
        <div class="field">
            <span class="label">{name(0)} " " <span class="label-note">{l.t("composer.send.own_subject")}</span></span>
            <p dir="auto">{move || form.with(|form| if form.subject.trim().is_empty() { "—".to_owned() } else { form.subject.clone() })}</p>
        </div>
        {move || (0..count.get()).map(other).collect_view()}
        {move || (count.get() < MOST_OTHERS).then(|| view! {
            <div><button class="btn btn-sm" type="button" on:click=add><Icon name="plus"/> {l.t("composer.send.add_subject")}</button></div>
        })}
    }
    .into_any()
}

/// Sample, waiting time, what decides.
#[component]
fn Rules(form: RwSignal<CampaignForm>, gets_it: Signal<i64>) -> impl IntoView {
    let l = use_lang();
    let test = move |read: fn(&SubjectTest) -> String| move || form.with(|form| read(&form.test));
    let (share, wait) = (test(|test| test.share.to_string()), test(|test| test.wait_hours.to_string()));
    let rule = Memo::new(move |_| form.with(|form| form.test.rule));
    let sample = move || l.count("composer.send.sample", gets_it.get() * form.with(|form| i64::from(form.test.share)) / 100);
    let option = move |of: WinnerRule| {
        view! { <option value=of.code() selected=rule.get_untracked() == of>{l.known("composer.send.rule", of.code())}</option> }
    };
    let choose = move |event| {
        if let Some(rule) = WinnerRule::parse(&event_target_value(&event)) {
            form.update(|form| form.test.rule = rule);
        }
    };
    // What does not read stays as it was.
    let number = |event| event_target_value(&event).trim().parse::<u16>().ok();
    let write_share = move |event| {
        if let Some(share) = number(event).and_then(|share| u8::try_from(share).ok()) {
            form.update(|form| form.test.share = share);
        }
    };
    let write_wait = move |event| {
        if let Some(hours) = number(event) {
            form.update(|form| form.test.wait_hours = hours);
        }
    };
    view! {
        <div class="form-grid">
            <div class="field">
                <label class="label" for="test-share">{l.t("composer.send.share")}</label>
                <div class="input-group">
                    <input class="input" id="test-share" name="test-share" type="number" min="1" max="90" value=untrack(share) prop:value=share on:change=write_share/>
                    <span class="affix">{l.t("composer.send.share_unit")}</span>
                </div>
                <p class="hint" role="status">{sample}</p>
            </div>
            <div class="field">
                <label class="label" for="test-rule">{l.t("composer.send.rule")}</label>
                <select class="input" id="test-rule" name="test-rule" prop:value=move || rule.get().code() on:change=choose>
                    {WinnerRule::ALL.map(option).collect_view()}
                </select>
                <p class="hint">{l.t("composer.send.rule_hint")}</p>
            </div>
            {move || (rule.get() != WinnerRule::Hand).then(|| view! {
                <div class="field">
                    <label class="label" for="test-wait">{l.t("composer.send.wait")}</label>
                    <div class="input-group">
                        <input class="input" id="test-wait" name="test-wait" type="number" min="1" max="168" value=untrack(wait) prop:value=wait on:change=write_wait/>
                        <span class="affix">{l.t("composer.send.wait_unit")}</span>
                    </div>
                </div>
            })}
        </div>
    }
    .into_any()
}
