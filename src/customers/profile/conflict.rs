//! Two people changed the same details: for each field that both changed, a choice; nothing is lost.

use super::details::{Collision, Draft};
use super::{Choices, Details, Field, Merged, merge};
use crate::base::i18n::{Lang, use_lang};
use crate::ui::{Dialog, DialogHandle};
use leptos::prelude::*;
use std::collections::HashSet;

/// Shows what somebody else saved meanwhile. Saving from here starts from their version, with mine where I chose it.
#[component]
pub(super) fn ConflictDialog(handle: DialogHandle, draft: Draft, on_save: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let mine = RwSignal::new(HashSet::<&'static str>::new());
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(collision) = draft.collision.get_untracked() {
            settle(draft, &collision, &mine.get_untracked());
            handle.close();
            on_save.run(());
        }
    };
    let body = move || {
        draft.collision.get().map(|collision| {
            let merged =
                draft.base.with_untracked(|base| draft.details.with_untracked(|details| merge(base, details, &collision.theirs)));
            // What both typed is at stake: mine is chosen until I say otherwise.
            mine.set(merged.contested.iter().map(|field| field.name()).collect());
            choices(draft, &collision, &merged, mine, l)
        })
    };
    view! {
        <Dialog handle id="conflict" title=l.t("conflict.title").to_owned()>
            <form method="post" on:submit=save>
                <div class="dialog-body">{body}</div>
                <footer class="dialog-foot">
                    <button class="btn" type="button" on:click=move |_| handle.close()>{l.t("conflict.keep_editing")}</button>
                    <button class="btn btn-primary" type="submit"><span>{l.t("conflict.save")}</span></button>
                </footer>
            </form>
        </Dialog>
    }
}

/// Puts both versions together in the form, which now starts from theirs.
fn settle(draft: Draft, collision: &Collision, mine: &HashSet<&'static str>) {
    let base = draft.base.get_untracked();
    let merged = merge(&base, &draft.details.get_untracked(), &collision.theirs);
    let mut details = merged.details;
    for field in merged.contested.into_iter().filter(|field| !mine.contains(field.name())) {
        field.copy(&collision.theirs, &mut details);
    }
    draft.details.set(details);
    draft.base.set(collision.theirs.clone());
    draft.version.set(collision.version);
}

fn choices(
    draft: Draft,
    collision: &Collision,
    merged: &Merged,
    mine: RwSignal<HashSet<&'static str>>,
    l: Lang,
) -> impl IntoView + use<> {
    let by = |field: Field| {
        let author = collision.authors.iter().find(|author| author.field == field);
        let name = author.and_then(|author| author.by.clone()).unwrap_or_else(|| l.t("conflict.somebody").to_owned());
        author.map_or_else(|| name.clone(), |author| format!("{name}, {}", l.moment(author.at)))
    };
    let current = draft.details.get_untracked();
    let said = |field, details: &Details| draft.choices.with_value(|choices| said(field, details, choices, l));
    let rows = merged.contested.iter().copied().map(|field| {
        let pick = move |is_mine: bool| {
            move |_| {
                mine.update(|mine| {
                    if is_mine {
                        mine.insert(field.name());
                    } else {
                        mine.remove(field.name());
                    }
                });
            }
        };
        let is_mine = move || mine.with(|mine| mine.contains(field.name()));
        let name = format!("conflict-{}", field.name());
        view! {
            <fieldset class="conflict-row">
                <legend>{l.dynamic(&format!("field.{}", field.name()))}</legend>
                <label class="choice">
                    <input type="radio" class="radio" name=name.clone() prop:checked=is_mine on:change=pick(true)/>
                    <span>
                        <span class="choice-by">{l.t("conflict.yours")}</span>
                        <span class="choice-value" dir="auto">{said(field, &current)}</span>
                    </span>
                </label>
                <label class="choice">
                    <input type="radio" class="radio" name=name.clone() prop:checked=move || !is_mine() on:change=pick(false)/>
                    <span>
                        <span class="choice-by">{by(field)}</span>
                        <span class="choice-value" dir="auto">{said(field, &collision.theirs)}</span>
                    </span>
                </label>
            </fieldset>
        }
    });
    let taken = merged.taken_over.iter().copied().map(|field| {
        let name = l.dynamic(&format!("field.{}", field.name()));
        view! { <dt>{name}</dt><dd><bdi>{said(field, &collision.theirs)}</bdi> " " <span class="dim">{by(field)}</span></dd> }
    });
    let taken = (!merged.taken_over.is_empty()).then(|| {
        view! { <p class="soft">{l.t("conflict.taken_over")}</p><dl class="facts">{taken.collect_view()}</dl> }
    });
    view! {
        <p class="soft">{l.t("conflict.text")}</p>
        <div class="conflict">{rows.collect_view()}</div>
        {taken}
    }
}

/// What a version of the details says in a field.
fn said(field: Field, details: &Details, choices: &Choices, l: Lang) -> String {
    let group = |id| choices.groups.iter().find(|(known, ..)| *known == id).map(|(_, name, _)| name.clone()).unwrap_or_default();
    let yes = |flag: bool| if flag { l.t("ui.yes") } else { l.t("ui.no") }.to_owned();
    let text = match field {
        Field::FirstName => details.first_name.clone(),
        Field::LastName => details.last_name.clone(),
        Field::Company => details.company.clone(),
        Field::Email => details.email.clone(),
        Field::Phone => details.phone.clone(),
        Field::AccountNumber => details.account_number.clone(),
        Field::DateOfBirth => details.date_of_birth.clone(),
        Field::Locale => details.locale.clone(),
        Field::AccountStatus => l.t(details.account_status.label_key()).to_owned(),
        Field::EmailConfirmed => yes(details.email_confirmed),
        Field::MarketingEmail => yes(details.marketing_email),
        Field::MarketingSms => yes(details.marketing_sms),
        Field::PricingGroup => group(details.pricing_group),
        Field::Groups => details.groups.iter().map(|id| group(*id)).collect::<Vec<_>>().join(", "),
        Field::Tags => details.tags.join(", "),
        Field::Branch => details
            .branch
            .and_then(|id| choices.branches.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone()))
            .unwrap_or_default(),
        Field::Department => details
            .department
            .and_then(|id| choices.departments.iter().find(|(known, ..)| *known == id).map(|(.., name)| name.clone()))
            .unwrap_or_default(),
        Field::CustomFields => {
            details.custom_fields.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
        }
    };
    if text.is_empty() { "—".to_owned() } else { text }
}
