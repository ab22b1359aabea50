//! What a template is made of, and what comes of it.

use serde::{Deserialize, Serialize};

/// Why a mail is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It belongs to what the customer did: an order, a password. No consent is asked for.
    Service,
    /// It advertises: only with consent, and its footer has the link to unsubscribe.
    Marketing,
}

impl Purpose {
    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Marketing => "marketing",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Service, Self::Marketing].into_iter().find(|purpose| purpose.code() == code)
    }
}

/// What stands around a template's own part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// A sheet on a tinted ground, under the shop's name.
    #[default]
    Card,
    /// As [`Layout::Card`], the shop's name on a coloured band: for news and offers.
    Banner,
    /// As a letter: no ground, no frame.
    Letter,
}

impl Layout {
    pub const ALL: [Layout; 3] = [Layout::Card, Layout::Banner, Layout::Letter];

    /// As the database and forms write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Banner => "banner",
            Self::Letter => "letter",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.code() == code)
    }

    /// The messages key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Card => "templates.layout.card",
            Self::Banner => "templates.layout.banner",
            Self::Letter => "templates.layout.letter",
        }
    }
}

/// What somebody wrote: a template's text in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Which variables there are: the name of a built-in template (`order_confirmation`), or `campaign` for those of every customer.
    pub subject_matter: String,
    pub purpose: Purpose,
    pub layout: Layout,
    pub subject: String,
    /// What inboxes show beside the subject.
    pub preheader: String,
    /// HTML with variables, without the frame that the layout brings.
    pub body: String,
    /// The plain-text part; `None`: made from the HTML.
    pub text: Option<String>,
}

/// Which part of a template an error is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Subject,
    Preheader,
    Body,
    Text,
}

impl Field {
    /// The name of its input.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Preheader => "preheader",
            Self::Body => "body",
            Self::Text => "text",
        }
    }

    /// The messages key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Subject => "templates.subject",
            Self::Preheader => "templates.preheader",
            Self::Body => "templates.body",
            Self::Text => "templates.text",
        }
    }
}

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateError {
    pub field: Field,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// A key of the messages files with its values ([`crate::base::i18n::message`]).
    pub message: String,
    /// What was probably meant: text to put in its place.
    pub suggestion: Option<String>,
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}:{}: {}", self.field.code(), self.line, self.column, self.message.replace('\u{1f}', " "))
    }
}

impl std::error::Error for TemplateError {}

/// A mail as it is sent, but for its envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedMail {
    /// One line.
    pub subject: String,
    /// One line; it is in the HTML already.
    pub preheader: String,
    /// A whole document.
    pub html: String,
    pub text: String,
}
