//! What is known of the audience while it is being composed: what each part comes to, and who gets the mail.
//!
//! Each audience is asked about at once after a pause; the question before it is dropped, which stops it in the database.

use super::api::count_audience;
use super::audience::Side;
use super::{Counted, Found};
use crate::base::{AppResult, CampaignId};
use crate::messages::campaigns::{Audience, CampaignForm, Part, Waterfall};
use crate::messages::suppression::Topic;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use std::time::Duration;

/// Long enough to skip the letters of a fast typist, short enough to feel live.
const PAUSE: Duration = Duration::from_millis(250);

type Question = (Audience, Topic);

/// Copy it into closures.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    pub id: CampaignId,
    pub form: RwSignal<CampaignForm>,
    /// What stands there.
    pub question: Memo<Question>,
    /// The newest answer; that to an older question while [`Reach::is_outdated`].
    pub answer: RwSignal<Option<AppResult<Counted>>>,
    /// What that is the answer to.
    answered: RwSignal<Option<Question>>,
    /// Counts how often the question is to be asked once more.
    again: RwSignal<u32>,
}

impl Reach {
    pub fn new(id: CampaignId, form: RwSignal<CampaignForm>) -> Self {
        Self {
            id,
            form,
            question: Memo::new(move |_| form.with(|form| (form.audience.clone(), form.topic))),
            answer: RwSignal::new(None),
            answered: RwSignal::new(None),
            again: RwSignal::new(0),
        }
    }

    /// Asks, from now until the step is left.
    pub fn follow(self) {
        let settled = RwSignal::new(None::<Question>);
        let mut debounced = leptos::leptos_dom::helpers::debounce(PAUSE, move |question: Question| {
            // The step may have been left.
            let _ = settled.try_set(Some(question));
        });
        Effect::new(move |ran: Option<()>| {
            let question = self.question.get();
            if ran.is_some() { debounced(question) } else { settled.set(Some(question)) }
        });
        Effect::new(move |_| {
            self.again.track();
            let Some(question) = settled.get().filter(|(audience, _)| !audience.include.is_empty()) else { return };
            // The next run of the effect drops the question.
            spawn_local_scoped_with_cancellation(async move {
                let answer = count_audience(self.id, question.0.clone(), question.1).await;
                self.answer.set(Some(answer));
                self.answered.set(Some(question));
            });
        });
    }

    /// Asks the same question once more.
    pub fn ask_again(self) {
        self.again.update(|again| *again += 1);
    }

    /// Whether the answer is that to another question.
    pub fn is_outdated(self) -> bool {
        self.answered.with(|answered| self.question.with(|question| answered.as_ref() != Some(question)))
    }

    /// Whether somebody is chosen at all.
    pub fn is_empty(self) -> bool {
        self.question.with(|(audience, _)| audience.include.is_empty())
    }

    pub fn waterfall(self) -> Option<Waterfall> {
        self.answer.with(|answer| answer.as_ref()?.as_ref().ok()?.waterfall)
    }

    /// What the newest answer says of a part, which may stand elsewhere meanwhile.
    pub fn found(self, side: Side, part: &Part) -> Option<Found> {
        let at = self.answered.with(|answered| side.of(&answered.as_ref()?.0).iter().position(|one| one == part))?;
        self.answer.with(|answer| {
            let counted = answer.as_ref()?.as_ref().ok()?;
            let found = match side {
                Side::Include => &counted.include,
                Side::Exclude => &counted.exclude,
            };
            found.get(at).cloned()
        })
    }
}
