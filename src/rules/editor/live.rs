//! What is known of the text while somebody writes it: what is wrong with it, and whom it describes.
//!
//! Each text is asked about at once after a pause; the question before it is dropped, which stops it in the database. So an outdated
//! answer never comes, and a slow one holds up nobody.

use super::Preview;
use super::api::rule_preview;
use crate::base::{AppError, Currency};
use crate::rules::{ParseError, Rule, parse};
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use std::time::Duration;

/// Long enough to skip the letters of a fast typist, short enough to feel live.
const PAUSE: Duration = Duration::from_millis(150);

/// Copy it into closures.
#[derive(Clone, Copy)]
pub struct Live {
    pub currency: Currency,
    pub text: RwSignal<String>,
    /// The text after a pause.
    settled: RwSignal<String>,
    /// The newest answer; that to an older text while [`Live::is_outdated`].
    pub answer: RwSignal<Option<Result<Preview, AppError>>>,
    /// What that is the answer to.
    answered: RwSignal<Option<String>>,
    /// Counts how often the question is to be asked once more.
    again: RwSignal<u32>,
    /// What stands there, where it can be read.
    pub read: Memo<Result<Rule, ParseError>>,
}

impl Live {
    pub fn new(text: RwSignal<String>, currency: Currency) -> Self {
        let settled = RwSignal::new(text.get_untracked());
        let live = Self {
            currency,
            text,
            settled,
            answer: RwSignal::new(None),
            answered: RwSignal::new(None),
            again: RwSignal::new(0),
            read: Memo::new(move |_| settled.with(|text| parse(text, currency))),
        };
        let mut debounced = leptos::leptos_dom::helpers::debounce(PAUSE, move |text: String| {
            // The editor may be gone.
            let _ = settled.try_set(text);
        });
        Effect::new(move |ran: Option<()>| {
            let text = text.get();
            if ran.is_some() {
                debounced(text);
            }
        });
        Effect::new(move |_| {
            live.again.track();
            let text = settled.get();
            if live.read.with(Result::is_ok) {
                live.ask(text);
            }
        });
        live
    }

    /// Within an effect, whose next run drops the question.
    fn ask(self, text: String) {
        spawn_local_scoped_with_cancellation(async move {
            let answer = rule_preview(text.clone()).await;
            self.answer.set(Some(answer));
            self.answered.set(Some(text));
        });
    }

    /// Asks the same question once more.
    pub fn ask_again(self) {
        self.again.update(|again| *again += 1);
    }

    // What follows the text may run once more when the editor has gone with what the text was set for.

    /// Whether the answer is that to another text.
    #[must_use]
    pub fn is_outdated(self) -> bool {
        let answered = self.answered.try_get().flatten();
        self.text.with(|text| answered.as_ref() != Some(text))
    }

    /// What is wrong with the text that stands there; `None` while somebody is typing.
    #[must_use]
    pub fn wrong(self) -> Option<ParseError> {
        let settled = self.settled.try_get()?;
        if self.text.with(|text| *text != settled) {
            return None;
        }
        let unread = self.read.try_with(|read| read.as_ref().err().cloned())?;
        let refused = |answer: &Option<Result<Preview, AppError>>| match answer {
            Some(Ok(Preview::Wrong(error))) if !self.is_outdated() => Some(error.clone()),
            _ => None,
        };
        unread.or_else(|| self.answer.try_with(refused).flatten())
    }
}
