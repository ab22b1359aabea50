//! What is being written, what is wrong with it and what may come in it, as the fields of a source see it.

use super::{Draft, TemplateError, VariableView};
use leptos::prelude::*;

/// What may stand in template tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    pub variables: Vec<VariableView>,
    pub filters: Vec<String>,
}

/// A text that is being written; copy it into closures.
#[derive(Clone, Copy)]
pub struct Writing {
    pub draft: RwSignal<Draft>,
    /// What is wrong, by the last look or try to save.
    pub errors: RwSignal<Vec<TemplateError>>,
    pub vocabulary: RwSignal<Vocabulary>,
}

impl Writing {
    #[must_use]
    pub fn new(draft: Draft, vocabulary: Vocabulary) -> Self {
        Self { draft: RwSignal::new(draft), errors: RwSignal::new(Vec::new()), vocabulary: RwSignal::new(vocabulary) }
    }
}
