//! Regions that wait for their data.

use super::{ErrorState, SkeletonLines};
use crate::base::{AppError, Resource};
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A region that waits for `resource`: a skeleton at first, the old content while newer is on the way, an error with another
/// try when it fails.
#[component]
pub fn Loaded<T, F>(resource: Resource<Result<T, AppError>>, view: F) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    F: Fn(T) -> AnyView + Clone + Send + Sync + 'static,
{
    let retry = Callback::new(move |()| resource.refetch());
    let show = move || {
        let view = view.clone();
        Suspend::new(async move {
            match resource.await {
                Ok(value) => view(value),
                Err(error) => view! { <ErrorState error on_retry=retry/> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <CardSkeleton/> }>{show}</Transition> }
}

/// A card whose lines are on the way.
#[component]
pub fn CardSkeleton() -> impl IntoView {
    view! { <div class="card"><SkeletonLines lines=4/></div> }
}
