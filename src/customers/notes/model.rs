//! What a note is.

use crate::base::{AppError, AppResult, Moment, NoteId};
use serde::{Deserialize, Serialize};

/// The longest note, in characters: some pages of text.
pub const BODY_MAX: usize = 10_000;

/// What a note is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    #[default]
    General,
    /// A call or a conversation.
    Support,
    /// Something that whoever opens the account must know.
    Alert,
    Payment,
    Fraud,
}

impl NoteKind {
    pub const ALL: [Self; 5] = [Self::General, Self::Support, Self::Alert, Self::Payment, Self::Fraud];

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Support => "support",
            Self::Alert => "alert",
            Self::Payment => "payment",
            Self::Fraud => "fraud",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The messages key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::General => "notes.kind.general",
            Self::Support => "notes.kind.support",
            Self::Alert => "notes.kind.alert",
            Self::Payment => "notes.kind.payment",
            Self::Fraud => "notes.kind.fraud",
        }
    }

    /// The tone of its badge; none for ordinary ones.
    #[must_use]
    pub fn tone(self) -> Option<&'static str> {
        match self {
            Self::General => None,
            Self::Support => Some("info"),
            Self::Alert => Some("warn"),
            Self::Payment | Self::Fraud => Some("bad"),
        }
    }
}

/// A note as it reads now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub id: NoteId,
    pub kind: NoteKind,
    pub body: String,
    pub pinned: bool,
    /// `None` for the system and for imports.
    pub author: Option<String>,
    pub created: Moment,
    /// Goes up with every edit; 1 for a note that was never edited.
    pub version: i64,
}

/// What a note said before an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteVersion {
    pub version: i64,
    pub kind: NoteKind,
    pub body: String,
    /// Who replaced this wording, and when.
    pub replaced_by: Option<String>,
    pub replaced: Moment,
}

/// A note as it is written or edited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteForm {
    pub kind: NoteKind,
    pub body: String,
    pub pinned: bool,
}

impl NoteForm {
    /// The text, trimmed.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `body` when it is empty or too long.
    pub fn checked_body(&self) -> AppResult<&str> {
        let body = self.body.trim();
        if body.is_empty() {
            return Err(AppError::invalid("body", "notes.empty_body"));
        }
        if body.chars().count() > BODY_MAX {
            return Err(AppError::invalid("body", "notes.too_long"));
        }
        Ok(body)
    }
}
