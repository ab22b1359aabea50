//! What was found before a campaign is sent.

use crate::base::CustomerId;
use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema), schema(as = FindingLevel))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It cannot be sent like this.
    Error,
    Warning,
    Hint,
    Ok,
}

impl Level {
    pub const ALL: [Self; 4] = [Self::Error, Self::Warning, Self::Hint, Self::Ok];

    /// The key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Error => "composer.check.level_error",
            Self::Warning => "composer.check.level_warning",
            Self::Hint => "composer.check.level_hint",
            Self::Ok => "composer.check.level_ok",
        }
    }

    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Error => "bad",
            Self::Warning => "warn",
            Self::Hint => "info",
            Self::Ok => "ok",
        }
    }

    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Error => "alert-circle",
            Self::Warning => "alert-triangle",
            Self::Hint => "info",
            Self::Ok => "check-circle",
        }
    }
}

/// Where something can be put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema), schema(as = FindingPlace))]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Name,
    Audience,
    Subject,
    Preheader,
    Body,
    Text,
    /// The subjects that are tried.
    Test,
    Settings,
}

impl Place {
    /// The place of a field, as errors name it.
    #[must_use]
    pub fn of(field: &str) -> Self {
        match field {
            "name" => Self::Name,
            "audience" => Self::Audience,
            "subject" => Self::Subject,
            "preheader" => Self::Preheader,
            "sender" => Self::Settings,
            "text" => Self::Text,
            "others" | "share" | "wait_hours" => Self::Test,
            _ => Self::Body,
        }
    }

    /// Its address, from any step of the composer.
    #[must_use]
    pub fn href(self) -> &'static str {
        match self {
            Self::Name => "#campaign-name",
            Self::Audience => "?step=audience",
            Self::Subject => "?step=write#template-subject",
            Self::Preheader => "?step=write#template-preheader",
            Self::Body => "?step=write#write-body",
            Self::Text => "?step=write#write-text",
            Self::Test => "?step=send#send-test",
            Self::Settings => "/settings/mail",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub level: Level,
    /// A key of the messages files with its values ([`crate::base::i18n::message`]): what is.
    pub says: String,
    /// As that: what to do about it; empty where nothing.
    pub advice: String,
    pub place: Option<Place>,
    /// What it is about, such as addresses of links.
    pub details: Vec<String>,
    /// Whom it is about, the first few.
    pub customers: Vec<(CustomerId, String)>,
}

impl Finding {
    #[must_use]
    pub fn new(level: Level, says: impl Into<String>, place: Option<Place>) -> Self {
        Self { level, says: says.into(), advice: String::new(), place, details: Vec::new(), customers: Vec::new() }
    }

    #[must_use]
    pub fn ok(says: impl Into<String>) -> Self {
        Self::new(Level::Ok, says, None)
    }

    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    #[must_use]
    pub fn about(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }
}

/// Everything that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The worst first.
    pub findings: Vec<Finding>,
    /// Who gets it, as far as that can be said now.
    pub gets_it: i64,
    /// The addresses that the text links to.
    pub links: Vec<String>,
}

impl Report {
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

/// What came of opening a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tried {
    /// It answers, perhaps with a page for people only.
    Answers(u16),
    /// It answers that there is nothing.
    Gone(u16),
    /// Nobody answers, or not in time.
    Silent,
    /// It leads to where the public cannot go, so it was not opened.
    NotPublic,
    /// Has variables in it, or is none that one opens.
    Skipped,
}

impl Tried {
    #[must_use]
    pub fn level(&self) -> Level {
        match self {
            Self::Answers(_) | Self::Skipped => Level::Ok,
            Self::Gone(_) | Self::Silent | Self::NotPublic => Level::Warning,
        }
    }
}

/// A link that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    pub url: String,
    pub tried: Tried,
}
