//! The answer of the list, while somebody types.
//!
//! A `Resource` waits for the answer it asked for before it asks anew: one slow answer would hold up all that follow. So the page
//! comes with its first answer as a resource, and every later question is asked at once; the question before it is dropped,
//! which aborts its request, so that an outdated answer never comes. Old rows stay until new ones are there.

use super::ListAnswer;
use super::api::list_customers;
use crate::base::{AppError, Resource, resource};
use leptos::children::ViewFn;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// What came back.
pub type Outcome = Result<ListAnswer, AppError>;

/// An outcome that many parts of the page show.
#[derive(Clone)]
struct Shared(Arc<Outcome>);

impl Serialize for Shared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Outcome::deserialize(deserializer).map(|outcome| Self(Arc::new(outcome)))
    }
}

/// The newest answer of a page.
#[derive(Clone, Copy)]
pub struct Live {
    /// That to the address with which the page opened.
    first: Resource<Shared>,
    newer: RwSignal<Option<Shared>>,
    /// Counts how often the question is to be asked once more.
    again: RwSignal<u32>,
    asking: RwSignal<bool>,
}

impl Live {
    /// Answers the queries that the address goes through.
    pub fn new(query: Memo<String>) -> Self {
        let first = resource(
            || (),
            move |()| {
                let query = query.get_untracked();
                async move { Shared(Arc::new(list_customers(query).await)) }
            },
        );
        let live = Self { first, newer: RwSignal::new(None), again: RwSignal::new(0), asking: RwSignal::new(false) };
        Effect::new(move |ran: Option<()>| {
            let query = query.get();
            live.again.track();
            if ran.is_some() {
                live.ask(query);
            }
        });
        live
    }

    /// Within an effect, whose next run drops the question.
    fn ask(self, query: String) {
        self.asking.set(true);
        spawn_local_scoped_with_cancellation(async move {
            let outcome = list_customers(query).await;
            self.newer.set(Some(Shared(Arc::new(outcome))));
            self.asking.set(false);
        });
    }

    /// Asks the same question once more.
    pub fn ask_again(self) {
        self.again.update(|again| *again += 1);
    }

    /// Whether rows are outdated, and newer ones on their way.
    #[must_use]
    pub fn is_asking(self) -> bool {
        self.asking.get()
    }

    /// What `view` makes of the newest outcome.
    pub fn show(self, view: impl Fn(&Outcome) -> AnyView + Send + Sync + 'static) -> AnyView {
        self.show_or(ViewFn::default(), view)
    }

    /// As [`Live::show`]; `fallback` until the first outcome is there.
    pub fn show_or(self, fallback: ViewFn, view: impl Fn(&Outcome) -> AnyView + Send + Sync + 'static) -> AnyView {
        self.shown(fallback, Arc::new(view))
    }

    fn shown(self, fallback: ViewFn, view: Arc<dyn Fn(&Outcome) -> AnyView + Send + Sync>) -> AnyView {
        let shown = move || {
            let (newer, view) = (self.newer.get(), Arc::clone(&view));
            Suspend::new(async move {
                let Shared(outcome) = match newer {
                    Some(newer) => newer,
                    None => self.first.await,
                };
                view(&outcome)
            })
        };
        view! { <Transition fallback=move || fallback.run()>{shown}</Transition> }.into_any()
    }
}
