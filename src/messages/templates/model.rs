//! What a template is made of, and what comes of it.

use crate::base::{CustomerId, Moment};
use serde::{Deserialize, Serialize};

/// Why a mail is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema), schema(as = TemplatePurpose))]
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
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema), schema(as = MailLayout))]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// What the editor changes of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub layout: Layout,
    pub subject: String,
    pub preheader: String,
    pub body: String,
    pub text: Option<String>,
}

impl Draft {
    #[must_use]
    pub fn of(source: &Source) -> Self {
        Self {
            layout: source.layout,
            subject: source.subject.clone(),
            preheader: source.preheader.clone(),
            body: source.body.clone(),
            text: source.text.clone(),
        }
    }

    /// A template that says this; what it is about and why it is sent stays.
    #[must_use]
    pub fn over(self, source: &Source) -> Source {
        Source {
            layout: self.layout,
            subject: self.subject,
            preheader: self.preheader,
            body: self.body,
            text: self.text,
            ..source.clone()
        }
    }
}

/// A template as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSummary {
    pub name: String,
    /// What staff call it.
    pub title: String,
    /// Made here, not brought by the program.
    pub own: bool,
    pub purpose: Purpose,
    pub subject: String,
    /// The languages in which it is written.
    pub locales: Vec<String>,
    /// When somebody last changed it; `None` for what is as the program brings it.
    pub changed: Option<Moment>,
    pub retired: bool,
}

/// A version of a template in a language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub number: i64,
    /// As the program brings it.
    pub builtin: bool,
    pub subject: String,
    pub by: Option<String>,
    pub at: Moment,
}

/// A variable as the editor offers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariableView {
    pub name: String,
    pub label: String,
    /// `text`, `number`, `money`, `date`, `url`, `list`.
    pub kind: String,
    pub sample: String,
    pub can_be_missing: bool,
}

/// The editor's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub name: String,
    pub title: String,
    pub own: bool,
    /// Taken out of use.
    pub retired: bool,
    pub locale: String,
    /// Codes and their own names.
    pub languages: Vec<(String, String)>,
    /// The version that counts; 0 where nobody has changed it yet.
    pub number: i64,
    /// It is as the program brings it.
    pub builtin: bool,
    pub purpose: Purpose,
    pub subject_matter: String,
    pub draft: Draft,
    /// The newest first.
    pub versions: Vec<Version>,
    pub variables: Vec<VariableView>,
    pub filters: Vec<String>,
}

/// What came of saving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Saved {
    /// It is this version now.
    As(i64),
    /// Nothing was saved.
    Wrong(Vec<TemplateError>),
}

/// What a draft looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// `None` where something is wrong.
    pub mail: Option<RenderedMail>,
    pub errors: Vec<TemplateError>,
    /// Variables that this recipient lacks and the template has no fallback for.
    pub missing: Vec<String>,
    /// The plain text that is made from the HTML, before it is filled.
    pub plain: String,
}

/// Somebody as whom a mail is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    pub id: CustomerId,
    pub name: String,
    pub email: String,
}

/// The pages that mails are shown in: without pictures of other sites, and with them.
pub const STAGE: &str = "/mail-stage";
pub const STAGE_WITH_PICTURES: &str = "/mail-stage/pictures";

/// A mail's HTML for a frame in a page: in light or dark whatever the system says.
#[must_use]
pub fn frame_document(html: &str, dark: bool) -> String {
    let media = if dark { "@media all" } else { "@media not all" };
    let scheme = if dark { "color-scheme: dark" } else { "color-scheme: light" };
    html.replacen("@media (prefers-color-scheme: dark)", media, 1)
        .replacen("color-scheme: light dark", scheme, 1)
        // Links open elsewhere, where the frame lets them.
        .replacen("<head>", "<head><base target=\"_blank\">", 1)
}

/// Whether a mail's HTML has pictures of other sites.
#[must_use]
pub fn has_pictures(html: &str) -> bool {
    html.split("<img").skip(1).any(|rest| rest.split('>').next().is_some_and(|tag| tag.contains("src=\"http")))
}
