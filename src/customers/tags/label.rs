//! A tag wherever it stands: a press leads to the customers who carry it.

use crate::base::TagId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A tag wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TagLabel {
    pub id: TagId,
    pub name: String,
    /// Its colour, if any.
    pub hue: Option<u8>,
}

/// A tag that leads to the customers who carry it.
#[component]
pub fn TagLink(tag: TagLabel) -> impl IntoView {
    let href = format!("/customers?tags_any={}", tag.id);
    view! { <a class="tag" href=href dir="auto" data-hue=tag.hue.map(|hue| hue.to_string())>{tag.name}</a> }
}
