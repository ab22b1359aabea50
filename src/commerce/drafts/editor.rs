//! The state of an open editor: what is typed, what it comes to, whether it is saved.

use super::api::{await_draft_payment, complete_draft, open_draft, price_draft, save_draft};
use super::typed::Typed;
use super::{Completion, DraftEdit, DraftView, PlacedOrder, Quote, QuoteLine};
use crate::base::i18n::Lang;
use crate::base::{AppError, AppResult, Currency, OrderId, ProductId};
use crate::ui::FormError;
use leptos::prelude::*;
use leptos::task::{spawn_local, spawn_local_scoped_with_cancellation};
use std::time::Duration;

/// How long somebody pauses who has finished a number.
const PAUSE: Duration = Duration::from_millis(180);

/// The state of the editor; copy it into closures.
#[derive(Clone, Copy)]
pub struct Editor {
    pub id: OrderId,
    pub currency: Currency,
    pub base: Currency,
    pub typed: RwSignal<Typed>,
    /// What is saved.
    pub kept: RwSignal<Typed>,
    pub version: RwSignal<i64>,
    pub quote: RwSignal<Quote>,
    /// For which edit the quote is.
    quoted: RwSignal<DraftEdit>,
    /// The newest question has no answer yet.
    pub asking: RwSignal<bool>,
    /// Why the newest question has no price.
    pub unread: RwSignal<Option<AppError>>,
    /// Why it could not be saved or placed.
    pub error: FormError,
    pub busy: RwSignal<bool>,
    /// Somebody else changed the draft: their name is in the message.
    pub conflict: RwSignal<Option<AppError>>,
}

impl Editor {
    #[must_use]
    pub fn new(view: &DraftView) -> Self {
        let typed = Typed::of(view);
        Self {
            id: view.id,
            currency: view.currency,
            base: view.base,
            kept: RwSignal::new(typed.clone()),
            typed: RwSignal::new(typed),
            version: RwSignal::new(view.version),
            quote: RwSignal::new(view.quote.clone()),
            quoted: RwSignal::new(view.edit.clone()),
            asking: RwSignal::new(false),
            unread: RwSignal::new(None),
            error: FormError::new(None),
            busy: RwSignal::new(false),
            conflict: RwSignal::new(None),
        }
    }

    /// Asks what is typed comes to, a moment after each change. A newer question drops the older one, so that an outdated answer
    /// neither overwrites a newer one nor holds it up.
    pub fn follow(self) {
        let asked = RwSignal::new(self.quoted.get_untracked());
        let mut ask = leptos::leptos_dom::helpers::debounce(PAUSE, move |edit: DraftEdit| {
            // The page may have been left.
            let _ = asked.try_set(edit);
        });
        Effect::new(move |_| match self.typed.with(Typed::edit) {
            Ok(edit) => {
                self.unread.set(None);
                self.asking.set(self.quoted.with_untracked(|quoted| *quoted != edit));
                ask(edit);
            }
            Err(error) => {
                self.unread.set(Some(error));
                self.asking.set(false);
            }
        });
        Effect::new(move |_| {
            let edit = asked.get();
            if self.quoted.with_untracked(|quoted| *quoted == edit) {
                return;
            }
            spawn_local_scoped_with_cancellation(async move {
                match price_draft(self.id, edit.clone()).await {
                    Ok(quote) => {
                        self.quote.set(quote);
                        self.quoted.set(edit);
                        self.error.set(None);
                    }
                    Err(failure) => self.error.set(Some(failure)),
                }
                self.asking.set(false);
            });
        });
    }

    /// The quote's line of a product, unless it is of something typed before.
    #[must_use]
    pub fn line(self, product: ProductId) -> Option<QuoteLine> {
        self.quote.with(|quote| quote.lines.iter().find(|line| line.product == product).cloned())
    }

    /// Whether something is not saved.
    #[must_use]
    pub fn is_unsaved(self) -> bool {
        self.typed.with(|typed| self.kept.with(|kept| typed != kept))
    }

    /// Whether it can be placed: it has a price, and nothing stands in the way.
    #[must_use]
    pub fn is_ready(self) -> bool {
        let settled = !self.asking.get() && self.unread.with(Option::is_none);
        settled && self.quote.with(|quote| quote.problems.is_empty() && quote.priced.is_some())
    }

    /// The error of what is typed, or of the last try, where it is about this field.
    #[must_use]
    pub fn error_of(self, l: Lang, field: &str) -> Option<String> {
        let about = |error: &Option<AppError>| match error {
            Some(AppError::Invalid { field: about, message }) if about == field => Some(l.dynamic(message)),
            _ => None,
        };
        self.unread.with(about).or_else(|| self.error.with(about))
    }

    /// What stands in the way of placing it, where it is about this field.
    #[must_use]
    pub fn problem_of(self, l: Lang, field: &str) -> Option<String> {
        self.quote.with(|quote| {
            let problem = quote.problems.iter().find(|problem| problem.field == field)?;
            Some(l.dynamic(&problem.message))
        })
    }

    pub fn discard(self) {
        self.typed.set(self.kept.get_untracked());
        self.error.set(None);
        self.conflict.set(None);
    }

    /// Takes a draft over as it is saved.
    pub fn take_over(self, view: &DraftView) {
        let typed = Typed::of(view);
        self.quoted.set(view.edit.clone());
        self.quote.set(view.quote.clone());
        self.version.set(view.version);
        self.kept.set(typed.clone());
        self.typed.set(typed);
        self.error.set(None);
        self.conflict.set(None);
    }

    /// Saves; `then` is called when it is.
    pub fn save(self, then: impl Fn() + 'static) {
        self.work(
            async move |edit| save_draft(self.id, self.version.get_untracked(), edit).await,
            move |view: DraftView| {
                self.take_over(&view);
                then();
            },
        );
    }

    /// Saves and places.
    pub fn complete(self, completion: Completion, then: impl Fn(PlacedOrder) + 'static) {
        self.work(async move |edit| complete_draft(self.id, edit, completion).await, then);
    }

    /// Saves as one that waits for its payment.
    pub fn wait_for_payment(self, then: impl Fn() + 'static) {
        self.work(async move |edit| await_draft_payment(self.id, self.version.get_untracked(), edit).await, move |()| then());
    }

    /// Reads the draft anew: what somebody else made of it.
    pub fn take_theirs(self) {
        self.busy.set(true);
        spawn_local(async move {
            match open_draft(self.id).await {
                Ok(view) => self.take_over(&view),
                Err(failure) => self.error.set(Some(failure)),
            }
            self.busy.set(false);
        });
    }

    /// Saves over what somebody else made of it.
    pub fn keep_mine(self, then: impl Fn() + 'static) {
        self.busy.set(true);
        spawn_local(async move {
            match open_draft(self.id).await {
                Ok(view) => {
                    self.version.set(view.version);
                    self.conflict.set(None);
                    self.busy.set(false);
                    self.save(then);
                }
                Err(failure) => {
                    self.error.set(Some(failure));
                    self.busy.set(false);
                }
            }
        });
    }

    /// Does something with what is typed, once at a time.
    fn work<T: 'static>(self, send: impl AsyncFnOnce(DraftEdit) -> AppResult<T> + 'static, then: impl Fn(T) + 'static) {
        let edit = match self.typed.with_untracked(Typed::edit) {
            Ok(edit) => edit,
            Err(error) => return self.error.set(Some(error)),
        };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            match send(edit).await {
                Ok(done) => then(done),
                Err(AppError::Conflict { message }) if message.starts_with("drafts.changed") => {
                    self.conflict.set(Some(AppError::Conflict { message }));
                }
                Err(failure) => self.error.set(Some(failure)),
            }
            let _ = self.busy.try_set(false);
        });
    }
}
