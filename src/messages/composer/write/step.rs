//! The step's view: subject and the like, the text, its preview.

use super::Desk;
use super::api::{list_readers, open_desk, preview_campaign};
use super::begin::Begin;
use super::block_list::Blocks;
use super::test_dialog::TestMails;
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{CampaignId, CustomerId};
use crate::messages::campaigns::{Audience, CampaignForm};
use crate::messages::suppression::Topic;
use crate::messages::templates::api::next_recipient;
use crate::messages::templates::editor::{LayoutField, PlainText};
use crate::messages::templates::preview::Preview;
use crate::messages::templates::source_field::SourceField;
use crate::messages::templates::writing::{Vocabulary, Writing};
use crate::messages::templates::{Draft, Field, Recipient, Shown};
use crate::ui::{tab, use_toasts};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long somebody pauses who looks up at the preview.
const PAUSE: Duration = Duration::from_millis(300);
/// Phones show so much of a subject in their lists, and desktops about twice as much.
const SUBJECT_SEEN: usize = 45;

/// What the form says, as what templates' fields write.
fn draft_of(form: &CampaignForm) -> Draft {
    Draft {
        layout: form.layout,
        subject: form.subject.clone(),
        preheader: form.preheader.clone(),
        body: form.body.clone(),
        text: Some(form.text.clone()).filter(|text| !text.is_empty()),
    }
}

/// Takes what is written into the form.
fn take(form: &mut CampaignForm, draft: &Draft) {
    form.layout = draft.layout;
    // One line each, also where somebody pastes several.
    form.subject = draft.subject.replace(['\n', '\r'], " ");
    form.preheader = draft.preheader.replace(['\n', '\r'], " ");
    form.body.clone_from(&draft.body);
    form.text = draft.text.clone().unwrap_or_default();
}

/// Whether both say the same; plain text by hand that is empty as yet is none.
fn says(form: &CampaignForm, draft: &Draft) -> bool {
    let said = draft_of(form);
    let text = draft.text.clone().filter(|text| !text.is_empty());
    said.text == text && Draft { text, ..draft.clone() } == said
}

/// The step's state; copy it into closures.
#[derive(Clone, Copy)]
pub(super) struct Composed {
    pub id: CampaignId,
    pub writing: Writing,
    pub desk: RwSignal<Desk>,
    pub shown: RwSignal<Option<Shown>>,
    /// As whom it is looked at; `None`: with samples.
    pub recipient: RwSignal<Option<Recipient>>,
    /// Who that was when the page was last open in this tab.
    was: RwSignal<Option<CustomerId>>,
    staff: i64,
    /// The first who get it.
    readers: RwSignal<Vec<Recipient>>,
    asked: StoredValue<u32>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Composed {
    fn new(id: CampaignId, form: RwSignal<CampaignForm>) -> Self {
        Self {
            id,
            writing: Writing::new(form.with_untracked(draft_of), Vocabulary::default()),
            desk: RwSignal::new(Desk::default()),
            shown: RwSignal::new(None),
            recipient: RwSignal::new(None),
            was: RwSignal::new(None),
            staff: use_session().staff.map_or(0, |staff| staff.id.0),
            readers: RwSignal::new(Vec::new()),
            asked: StoredValue::new(0),
            timer: StoredValue::new(None),
        }
    }

    /// What the tab calls something that it keeps of this campaign for this member of the staff.
    pub fn name(self, what: &str) -> String {
        format!("clientele.campaign.{}.{}.{what}", self.id, self.staff)
    }

    /// After a reload it is looked at as the same recipient as before.
    fn remember_recipient(self) {
        tab::keep(self.name("recipient"), self.was);
        Effect::new(move |before: Option<()>| {
            let chosen = self.recipient.get().map(|recipient| recipient.id);
            match (before, self.was.get_untracked()) {
                (None, Some(was)) => self.bring_back(was),
                _ if chosen.is_some() => self.was.set(chosen),
                _ => {}
            }
        });
    }

    fn bring_back(self, was: CustomerId) {
        spawn_local(async move {
            // Whoever comes after the one before is this one, if there still is one.
            let found = next_recipient(Some(CustomerId(was.0 - 1)), true).await.ok().flatten().filter(|found| found.id == was);
            if self.recipient.try_with_untracked(Option::is_none) != Some(true) {
                return;
            }
            let first = self.readers.with_untracked(|readers| readers.first().cloned());
            self.was.set(None);
            self.recipient.set(found.or(first));
        });
    }

    /// Keeps form and draft the same, whichever changes.
    fn tie(self, form: RwSignal<CampaignForm>) {
        let draft = self.writing.draft;
        Effect::new(move |_| {
            if form.with(|form| draft.with_untracked(|draft| !says(form, draft))) {
                draft.set(form.with_untracked(draft_of));
            }
        });
        Effect::new(move |_| {
            if draft.with(|draft| form.with_untracked(|form| !says(form, draft))) {
                form.update(|form| draft.with_untracked(|draft| take(form, draft)));
            }
        });
    }

    /// Fetches what one writes with.
    fn fetch_desk(self) {
        Effect::new(move |_| {
            spawn_local(async move {
                let Ok(desk) = open_desk().await else { return };
                if self.desk.is_disposed() {
                    return;
                }
                let words = Vocabulary { variables: desk.variables.clone(), filters: desk.filters.clone() };
                self.writing.vocabulary.set(words);
                self.desk.set(desk);
            });
        });
    }

    /// Finds who gets it, whenever the audience is another one. At first it is looked at as the first of them.
    fn follow_readers(self, form: RwSignal<CampaignForm>) {
        let whom: Memo<(Audience, Topic)> = Memo::new(move |_| form.with(|form| (form.audience.clone(), form.topic)));
        Effect::new(move |_| {
            let (audience, topic) = whom.get();
            if audience.include.is_empty() {
                return self.readers.set(Vec::new());
            }
            spawn_local(async move {
                let Ok(readers) = list_readers(self.id, audience, topic).await else { return };
                if self.readers.is_disposed() {
                    return;
                }
                if self.recipient.with_untracked(Option::is_none) && self.was.with_untracked(Option::is_none) {
                    self.recipient.set(readers.first().cloned());
                }
                self.readers.set(readers);
            });
        });
    }

    /// Looks at once when the page has come or somebody else is chosen, then as one types.
    fn follow(self) {
        Effect::new(move |before: Option<(Draft, Option<Recipient>)>| {
            let now = (self.writing.draft.get(), self.recipient.get());
            match before {
                Some((draft, _)) if draft != now.0 => self.look_soon(),
                Some((_, recipient)) if recipient == now.1 => {}
                _ => self.look(),
            }
            now
        });
    }

    /// Looks at the draft as it is now; an answer that a newer question has overtaken is dropped.
    fn look(self) {
        let (draft, recipient) = (self.writing.draft.get_untracked(), self.recipient.get_untracked().map(|found| found.id));
        self.asked.update_value(|asked| *asked += 1);
        let question = self.asked.get_value();
        spawn_local(async move {
            let answer = preview_campaign(draft, recipient).await;
            if self.asked.try_get_value() != Some(question) {
                return;
            }
            if let Ok(shown) = answer {
                self.writing.errors.set(shown.errors.clone());
                // While something is wrong the last good look stays.
                if shown.mail.is_some() {
                    self.shown.set(Some(shown));
                }
            }
        });
    }

    fn look_soon(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        let look = move || {
            if !self.asked.is_disposed() {
                self.look();
            }
        };
        self.timer.set_value(set_timeout_with_handle(look, PAUSE).ok());
    }

    /// Which of the readers it is looked at as.
    fn place(self) -> Option<usize> {
        let id = self.recipient.with(|recipient| recipient.as_ref().map(|recipient| recipient.id))?;
        self.readers.with(|readers| readers.iter().position(|reader| reader.id == id))
    }

    /// The reader after this one, or before it, round and round.
    fn step(self, forward: bool) -> bool {
        let count = self.readers.with_untracked(Vec::len);
        if count == 0 {
            return false;
        }
        let at = match (untrack(|| self.place()), forward) {
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
            (None, true) => 0,
            (None, false) => count - 1,
        };
        self.recipient.set(self.readers.with_untracked(|readers| readers.get(at).cloned()));
        true
    }
}

/// Writes the mail.
#[component]
pub fn WriteStep(id: CampaignId, form: RwSignal<CampaignForm>) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let composed = Composed::new(id, form);
    composed.tie(form);
    composed.remember_recipient();
    composed.fetch_desk();
    composed.follow_readers(form);
    composed.follow();
    let step = Callback::new(move |forward: bool| {
        if !composed.step(forward) {
            toasts.say(l.t("composer.write.nobody_yet"));
        }
    });
    let place = move || {
        let (at, count) = (composed.place(), composed.readers.with(Vec::len));
        at.map(|at| l.with("composer.write.place", &[("at", &(at + 1)), ("count", &count)])).unwrap_or_default()
    };
    let wrong = move || composed.writing.errors.with(|errors| !errors.is_empty());
    view! {
        <div class="template-columns composer-write">
            <div class="stack">
                <Envelope composed/>
                <Content composed/>
                <section class="card" id="write-text">
                    <div class="card-body stack"><PlainText writing=composed.writing shown=composed.shown/></div>
                </section>
            </div>
            <Preview shown=composed.shown recipient=composed.recipient step place=Signal::derive(place) wrong=Signal::derive(wrong)>
                <TestMails composed/>
            </Preview>
        </div>
    }
    .into_any()
}

/// What stands around the text.
#[component]
fn Envelope(composed: Composed) -> impl IntoView {
    let l = use_lang();
    let writing = composed.writing;
    let length = move || writing.draft.with(|draft| draft.subject.trim().chars().count());
    let seen = move || {
        let length = length();
        let key = if length > SUBJECT_SEEN { "composer.write.subject_long" } else { "composer.write.subject_length" };
        (length > 0).then(|| l.with(key, &[("count", &length), ("seen", &SUBJECT_SEEN)]))
    };
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("composer.write.envelope")}</h2>
                <div class="card-actions"><Begin composed/></div>
            </header>
            <div class="card-body stack">
                <div class="stack-tight">
                    <SourceField writing field=Field::Subject rows=1/>
                    <p class="hint">{seen}</p>
                </div>
                <SourceField writing field=Field::Preheader rows=1/>
                <LayoutField draft=writing.draft/>
            </div>
        </section>
    }
    .into_any()
}

/// The text, as blocks or as source.
#[component]
fn Content(composed: Composed) -> impl IntoView {
    let l = use_lang();
    let as_source = RwSignal::new(false);
    tab::keep(composed.name("as_source"), as_source);
    let choice = move |source: bool, icon: &'static str, label: &'static str| {
        let pressed = move || (as_source.get() == source).to_string();
        view! {
            <button class="seg-item" type="button" aria-pressed=pressed on:click=move |_| as_source.set(source)>
                <crate::ui::Icon name=icon/>{l.dynamic(label)}
            </button>
        }
    };
    let body = move || {
        if as_source.get() {
            view! { <SourceField writing=composed.writing field=Field::Body rows=20/> }.into_any()
        } else {
            view! { <Blocks composed/> }.into_any()
        }
    };
    view! {
        <section class="card" id="write-body">
            <header class="card-head">
                <h2 class="card-title">{l.t("composer.write.content")}</h2>
                <div class="card-actions">
                    <div class="seg" role="group" aria-label=l.t("composer.write.content_as")>
                        {choice(false, "layout-list", "composer.write.as_blocks")}
                        {choice(true, "command", "composer.write.as_source")}
                    </div>
                </div>
            </header>
            <div class="card-body stack">{body}</div>
            <footer class="card-foot"><p class="hint">{l.t("composer.write.footer_hint")}</p></footer>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::campaigns::{SubjectTest, Timing};
    use crate::messages::templates::Layout;

    fn form(text: &str) -> CampaignForm {
        CampaignForm {
            name: "Spring".into(),
            topic: Topic::Offers,
            subject: "Hi".into(),
            preheader: "Ho".into(),
            layout: Layout::Banner,
            body: "<p>a</p>".into(),
            text: text.into(),
            audience: Audience::default(),
            test: SubjectTest::default(),
            timing: Timing::default(),
        }
    }

    #[test]
    fn form_and_draft_say_the_same_both_ways() {
        for text in ["", "By hand"] {
            let (before, mut after) = (form(text), form("other"));
            let draft = draft_of(&before);
            assert!(says(&before, &draft) && draft.text.is_some() != text.is_empty());
            take(&mut after, &draft);
            assert_eq!(after, before);
        }
        let mut one_line = form("");
        take(&mut one_line, &Draft { subject: "Two\nlines".into(), ..draft_of(&form("")) });
        assert_eq!(one_line.subject, "Two lines");
        // Somebody who has just switched to writing it by hand is not switched back.
        assert!(says(&form(""), &Draft { text: Some(String::new()), ..draft_of(&form("")) }));
        assert!(!says(&form(""), &Draft { subject: "Other".into(), ..draft_of(&form("")) }));
    }
}
