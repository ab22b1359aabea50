//! The state of an open draft: what is typed, what is saved, and how the one becomes the other.
//!
//! A change is kept in the tab's own storage at once and saved a moment after typing pauses, when the step changes and when the page
//! is left. What a reload, an ended session or a lost connection kept from being saved is there again when the draft is next opened.

use super::api::{open_composer, save_campaign};
use super::{Opened, Saved};
use crate::app::use_session;
use crate::base::{AppError, AppResult, CampaignId, wire};
use crate::messages::campaigns::CampaignForm;
use crate::ui::tab;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long somebody pauses who has finished a sentence.
const PAUSE: Duration = Duration::from_millis(900);
/// Between tries while the server cannot be reached.
const AGAIN: Duration = Duration::from_secs(5);

/// Whether what is typed is saved.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    Saved,
    /// Typing has not paused yet.
    Waiting,
    Saving,
    /// Why the last try failed.
    Failed(AppError),
}

/// The state of the composer; copy it into closures.
#[derive(Clone, Copy)]
pub struct Composing {
    pub id: CampaignId,
    /// What is typed: whatever changes it is saved by itself.
    pub form: RwSignal<CampaignForm>,
    /// What is saved, in this version.
    kept: RwSignal<CampaignForm>,
    version: RwSignal<i64>,
    pub standing: RwSignal<Standing>,
    /// What somebody else wrote meanwhile; nothing is saved until it is decided whose stays.
    pub theirs: RwSignal<Option<Opened>>,
    /// What was sent last: an answer may be lost.
    sent: StoredValue<Option<CampaignForm>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    shelf: StoredValue<Shelf>,
}

impl Composing {
    #[must_use]
    pub fn new(opened: Opened) -> Self {
        let staff = use_session().staff.map_or(0, |staff| staff.id.0);
        Self {
            id: opened.id,
            form: RwSignal::new(opened.form.clone()),
            kept: RwSignal::new(opened.form),
            version: RwSignal::new(opened.version),
            standing: RwSignal::new(Standing::Saved),
            theirs: RwSignal::new(None),
            sent: StoredValue::new(None),
            timer: StoredValue::new(None),
            shelf: StoredValue::new(Shelf(format!("clientele.campaign.{}.{staff}", opened.id))),
        }
    }

    /// Saves what is typed, from now until the page is left.
    pub fn follow(self) {
        Effect::new(move |ran: Option<()>| {
            if ran.is_none() {
                self.take_from_shelf();
            }
            if self.is_unsaved() {
                self.shelf.with_value(|shelf| shelf.put(self.version.get_untracked(), &self.form.get_untracked()));
                self.save_soon(PAUSE);
            }
        });
        Effect::new(move |_| {
            let shown =
                window_event_listener_untyped(
                    "visibilitychange",
                    move |_| {
                        if document().hidden() { self.save() } else { self.look() }
                    },
                );
            on_cleanup(move || shown.remove());
        });
        on_cleanup(move || self.leave());
    }

    /// Whether something is typed that is not saved.
    #[must_use]
    pub fn is_unsaved(self) -> bool {
        self.form.with(|form| self.kept.with(|kept| form != kept))
    }

    fn save_soon(self, after: Duration) {
        if self.theirs.with_untracked(Option::is_some) || self.standing.get_untracked() == Standing::Saving {
            return;
        }
        if self.standing.with_untracked(|standing| !matches!(standing, Standing::Failed(_))) {
            self.standing.set(Standing::Waiting);
        }
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        let save = move || {
            if !self.form.is_disposed() {
                self.save();
            }
        };
        self.timer.set_value(set_timeout_with_handle(save, after).ok());
    }

    /// Saves now, unless everything is saved, is being saved, or has to be decided about.
    pub fn save(self) {
        if self.theirs.with_untracked(Option::is_some) || self.standing.get_untracked() == Standing::Saving {
            return;
        }
        if !untrack(|| self.is_unsaved()) {
            return self.standing.set(Standing::Saved);
        }
        self.standing.set(Standing::Saving);
        let (form, version) = (self.form.get_untracked(), self.version.get_untracked());
        self.sent.set_value(Some(form.clone()));
        let (id, shelf) = (self.id, self.shelf.get_value());
        spawn_local(async move {
            let answer = save_campaign(id, version, form.clone()).await;
            if self.form.is_disposed() {
                // The page was left meanwhile: what was typed since the question is on the shelf.
                if let Ok(Saved::As(version)) = answer {
                    shelf.finish(id, version, &form).await;
                }
                return;
            }
            self.settle(form, answer);
        });
    }

    fn settle(self, form: CampaignForm, answer: AppResult<Saved>) {
        match answer {
            Ok(Saved::As(version)) => {
                self.standing.set(Standing::Saved);
                self.version.set(version);
                if self.form.with_untracked(|typed| *typed == form) {
                    self.shelf.with_value(Shelf::clear);
                }
                // What was typed since then is noticed by this.
                self.kept.set(form);
            }
            Ok(Saved::Theirs(theirs)) => {
                self.standing.set(Standing::Waiting);
                self.meet(*theirs);
            }
            Err(error) => {
                let passes = matches!(error, AppError::Connection { .. } | AppError::Unavailable | AppError::Internal { .. });
                self.standing.set(Standing::Failed(error));
                if passes {
                    self.save_soon(AGAIN);
                }
            }
        }
    }

    /// Another version was found than the one that is being written on.
    fn meet(self, theirs: Opened) {
        let is_own = self.sent.with_value(|sent| sent.as_ref().is_some_and(|sent| sent.trimmed() == theirs.form));
        if is_own || !untrack(|| self.is_unsaved()) {
            // It was saved, and only the answer was lost; or nothing is typed here.
            self.version.set(theirs.version);
            if !is_own {
                self.form.set(theirs.form.clone());
            }
            return self.kept.set(theirs.form);
        }
        self.theirs.set(Some(theirs));
    }

    /// Somebody else may have written while this tab was out of sight.
    fn look(self) {
        spawn_local(async move {
            let answer = open_composer(self.id).await;
            if self.form.is_disposed() || self.standing.get_untracked() == Standing::Saving {
                return;
            }
            match answer {
                Ok(opened) if opened.version > self.version.get_untracked() => self.meet(opened),
                Err(error @ (AppError::Conflict { .. } | AppError::NotFound)) => self.standing.set(Standing::Failed(error)),
                _ => {}
            }
        });
    }

    /// What somebody else wrote counts.
    pub fn take_theirs(self) {
        let Some(theirs) = self.theirs.get_untracked() else { return };
        self.shelf.with_value(Shelf::clear);
        self.version.set(theirs.version);
        self.theirs.set(None);
        self.standing.set(Standing::Saved);
        self.form.set(theirs.form.clone());
        self.kept.set(theirs.form);
    }

    /// What is typed here counts.
    pub fn keep_mine(self) {
        let Some(theirs) = self.theirs.get_untracked() else { return };
        self.version.set(theirs.version);
        self.theirs.set(None);
        self.kept.set(theirs.form);
        self.save();
    }

    /// What a tab that was closed or reloaded had not saved.
    fn take_from_shelf(self) {
        let Some((version, typed)) = self.shelf.with_value(Shelf::get) else { return };
        let is_kept = self.kept.with_untracked(|kept| typed.trimmed() == *kept);
        if is_kept {
            return self.shelf.with_value(Shelf::clear);
        }
        // Had somebody else written since, saving in that version says so.
        self.version.set(version);
        self.form.set(typed);
    }

    /// Saves what is typed when the page is left.
    fn leave(self) {
        let unsaved = untrack(|| self.form.try_with(|form| self.kept.try_with(|kept| form != kept)).flatten());
        let free = self.theirs.try_with_untracked(Option::is_none) == Some(true)
            && self.standing.try_get_untracked().is_some_and(|standing| standing != Standing::Saving);
        if unsaved != Some(true) || !free {
            return;
        }
        let (Some(form), Some(version), Some(shelf)) =
            (self.form.try_get_untracked(), self.version.try_get_untracked(), self.shelf.try_get_value())
        else {
            return;
        };
        let id = self.id;
        spawn_local(async move {
            if let Ok(Saved::As(version)) = save_campaign(id, version, form.clone()).await {
                shelf.finish(id, version, &form).await;
            }
        });
    }
}

/// Where the tab keeps what is not saved yet, apart for each campaign and each member of the staff.
#[derive(Clone)]
struct Shelf(String);

impl Shelf {
    fn put(&self, version: i64, form: &CampaignForm) {
        if let (Some(storage), Ok(text)) = (tab::storage(), wire::write(&(version, form))) {
            // Fails where the browser keeps nothing: then it is saved a moment later all the same.
            let _ = storage.set_item(&self.0, &text);
        }
    }

    fn get(&self) -> Option<(i64, CampaignForm)> {
        let text = tab::storage()?.get_item(&self.0).ok().flatten()?;
        wire::read(&text).ok()
    }

    fn clear(&self) {
        if let Some(storage) = tab::storage() {
            let _ = storage.remove_item(&self.0);
        }
    }

    /// After `saved` was saved as `version`, saves what was typed since.
    async fn finish(&self, id: CampaignId, version: i64, saved: &CampaignForm) {
        match self.get() {
            Some((_, typed)) if typed != *saved => {
                self.put(version, &typed);
                if matches!(save_campaign(id, version, typed).await, Ok(Saved::As(_))) {
                    self.clear();
                }
            }
            _ => self.clear(),
        }
    }
}
