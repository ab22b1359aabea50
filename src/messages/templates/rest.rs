//! Mail templates in the REST API: what they say, their versions, and how they look.

use super::catalogue::occasion;
use super::service::LONGEST_TITLE;
use super::store::{self, VersionRow};
use super::{Draft, Layout, Opened, Purpose, Shown, TemplateError, TemplateSummary, service};
use crate::base::i18n::{LOCALES, Lang, message};
use crate::base::{AppError, CustomerId, Timestamp};
use crate::customers::profile::rest::named;
use crate::messages::outbox::rest::MessageContent;
use crate::office::apikeys::Scope::{ReadCustomers, ReadMessages, WriteMessages};
use crate::server::rest::{Answer, Call, FieldError, Kind, Operation, PageOf, Param, Problem, Reply, edition_tag, rfc3339};
use crate::server::{Query, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let (one, named) = ("/templates/{template}", &["template"]);
    vec![
        Operation::get("/templates", ReadMessages, "list_templates", "The shop's mail templates", |c| Box::pin(list(c)))
            .about("Those that the program brings, then the shop's own ones.")
            .lists::<ListedTemplate>(),
        Operation::post("/templates", WriteMessages, "create_template", "Adds a template of the shop's own", |c, tx| {
            Box::pin(create(c, tx))
        })
        .query(LOCALE)
        .about(
            "It begins as `from` is in the language, or as a short letter; `PUT` writes it. All of the shop's own templates advertise, and have the \
            variables of every customer.",
        )
        .takes::<NewTemplate>()
        .creates::<MailTemplate>(),
        Operation::get(one, ReadMessages, "get_template", "What a mail template says", |c| Box::pin(get(c)))
            .texts(named)
            .query(LOCALE)
            .about("One that is not written in the language yet is given as it is in another, with version 0.")
            .gives::<MailTemplate>(),
        Operation::put(one, WriteMessages, "replace_template", "Writes a mail template anew", |c, tx| Box::pin(replace(c, tx)))
            .texts(named)
            .query(LOCALE)
            .about(
                "What it said before stays among its versions. Everything that is wrong is said at its place, and nothing is kept then. \
                From now on the mails that the shop sends by itself say this, too.",
            )
            .takes::<TemplateInput>()
            .gives::<MailTemplate>()
            .guarded(),
        Operation::get("/templates/{template}/versions", ReadMessages, "list_template_versions", "What a template said before", |c| {
            Box::pin(versions(c))
        })
        .texts(named)
        .query(LOCALE)
        .about("The newest first, a hundred at most.")
        .lists::<TemplateVersion>(),
        Operation::post("/templates/{template}/restore", WriteMessages, "restore_template", "Brings a version back", |c, tx| {
            Box::pin(restore(c, tx))
        })
        .texts(named)
        .query(LOCALE)
        .about("As a new version.")
        .takes::<RestoreInput>()
        .gives::<MailTemplate>()
        .guarded(),
        Operation::post("/templates/{template}/retire", WriteMessages, "retire_template", "Takes a template out of use", |c, tx| {
            Box::pin(retire(c, tx, true))
        })
        .texts(named)
        .query(LOCALE)
        .about("The shop's own ones only. Campaigns no longer begin with it, and no mail to one customer is made of it; what is queued still leaves. Asking again changes nothing.")
        .gives::<MailTemplate>()
        .guarded(),
        Operation::post("/templates/{template}/unretire", WriteMessages, "unretire_template", "Takes a template back into use", |c, tx| {
            Box::pin(retire(c, tx, false))
        })
        .texts(named)
        .query(LOCALE)
        .about("Asking again changes nothing.")
        .gives::<MailTemplate>()
        .guarded(),
        Operation::ask("/templates/{template}/preview", ReadMessages, "preview_template", "What a mail template looks like", |c| {
            Box::pin(preview(c))
        })
        .texts(named)
        .query(LOCALE)
        .about("As a customer gets it, for which the key needs `customers:read` as well, or filled with samples; as it is kept, or as `draft` says.")
        .takes::<PreviewInput>()
        .gives::<Preview>(),
    ]
}

/// The codes of all languages.
const LANGUAGES: &[&str] = &{
    let mut codes = [""; LOCALES.len()];
    let mut at = 0;
    while at < LOCALES.len() {
        codes[at] = LOCALES[at].0;
        at += 1;
    }
    codes
};

const LOCALE: &[Param] =
    &[Param { name: "locale", kind: Kind::Choice(LANGUAGES), about: "In this language; the shop's where it is left out" }];

/// A mail template in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedTemplate {
    /// Its name in addresses, which stays: `order_confirmation`.
    pub template: String,
    /// What staff call it.
    pub title: String,
    /// Made by the shop, not brought by the program.
    pub own: bool,
    pub purpose: Purpose,
    pub subject: String,
    /// The languages in which it is written.
    pub locales: Vec<String>,
    /// Null for what is as the program brings it.
    #[schema(format = DateTime)]
    pub changed_at: Option<String>,
    /// Taken out of use.
    pub retired: bool,
}

impl From<TemplateSummary> for ListedTemplate {
    fn from(template: TemplateSummary) -> Self {
        Self {
            template: template.name,
            title: template.title,
            own: template.own,
            purpose: template.purpose,
            subject: template.subject,
            locales: template.locales,
            changed_at: template.changed.and_then(|moment| rfc3339(moment.at)),
            retired: template.retired,
        }
    }
}

/// A mail template in a language.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailTemplate {
    pub template: String,
    pub title: String,
    pub own: bool,
    /// Taken out of use.
    pub retired: bool,
    pub locale: String,
    /// Goes up with every change; 0 where nobody has changed it in this language.
    pub version: i64,
    /// It is as the program brings it.
    pub as_delivered: bool,
    pub purpose: Purpose,
    pub layout: Layout,
    pub subject: String,
    pub preheader: String,
    pub body: String,
    /// Null: made from the body.
    pub text: Option<String>,
    /// What can be filled in.
    pub variables: Vec<TemplateVariable>,
}

/// A variable of a template.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateVariable {
    /// `customer.first_name`; the fields of a list's things are `lines.name`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// `text`, `number`, `money`, `date`, `url` or `list`.
    pub kind: String,
    pub sample: String,
    /// Some mails lack it, so that a template should have a fallback.
    pub can_be_missing: bool,
    /// It belongs to the template's occasion: whoever sends such a mail tells it.
    pub told: bool,
}

impl From<Opened> for MailTemplate {
    fn from(opened: Opened) -> Self {
        let matter = opened.subject_matter;
        let is_told =
            |name: &str| occasion(&matter).iter().any(|own| name == own.name || name.starts_with(&format!("{}.", own.name)));
        let variables = opened.variables.into_iter().map(|variable| TemplateVariable {
            told: is_told(&variable.name),
            name: variable.name,
            label: variable.label,
            kind: variable.kind,
            sample: variable.sample,
            can_be_missing: variable.can_be_missing,
        });
        Self {
            variables: variables.collect(),
            template: opened.name,
            title: opened.title,
            own: opened.own,
            retired: opened.retired,
            locale: opened.locale,
            version: opened.number,
            as_delivered: opened.builtin,
            purpose: opened.purpose,
            layout: opened.draft.layout,
            subject: opened.draft.subject,
            preheader: opened.draft.preheader,
            body: opened.draft.body,
            text: opened.draft.text,
        }
    }
}

/// A template of the shop's own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    /// What staff call it: one line.
    #[schema(min_length = 1, max_length = 80, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub title: String,
    /// The name of the template that it begins as, one without variables of its own occasion; null: as a short letter.
    pub from: Option<String>,
}

const _: () = assert!(LONGEST_TITLE == 80, "as the schema says");

/// What can be written of a mail template. What is left out is emptied.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateInput {
    #[serde(default)]
    pub layout: Layout,
    /// One line, with variables.
    #[schema(min_length = 1, max_length = 500, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub subject: String,
    /// What inboxes show beside the subject: one line.
    #[serde(default)]
    #[schema(max_length = 500, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub preheader: String,
    /// HTML with variables, without the frame that the layout brings. At most 200,000 bytes of UTF-8; lines and tabs are the only controls.
    #[schema(max_length = 200000)]
    pub body: String,
    /// Plain text with variables, as long as the body; null: made from the body.
    #[schema(max_length = 200000)]
    pub text: Option<String>,
}

/// Characters of a line.
const LINE_MAX: usize = 500;

impl TemplateInput {
    fn draft(self) -> Answer<Draft> {
        let line = |field: &str, text: &str| {
            let fits = text.chars().count() <= LINE_MAX && !text.contains(char::is_control);
            if fits { Ok(()) } else { Err(Problem::invalid(field, "composer.line_long")) }
        };
        line("subject", &self.subject)?;
        line("preheader", &self.preheader)?;
        for (field, text) in [("body", Some(&self.body)), ("text", self.text.as_ref())] {
            let strange = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
            if text.is_some_and(|text| text.contains(strange)) {
                return Err(Problem::invalid(field, "composer.body_long"));
            }
        }
        let Self { layout, subject, preheader, body, text } = self;
        Ok(Draft { layout, subject, preheader, body, text: text.filter(|text| !text.trim().is_empty()) })
    }
}

/// Which version comes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreInput {
    /// Null: what the program brings.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
}

/// As whom a template is looked at, and what it says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewInput {
    /// Null: filled with samples.
    #[schema(minimum = 1)]
    pub customer_id: Option<i64>,
    /// Null: what is kept.
    pub draft: Option<TemplateInput>,
}

/// What a mail looks like.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    pub content: MessageContent,
    /// Variables that this recipient lacks and that have no fallback.
    pub missing: Vec<String>,
}

impl Preview {
    /// What came of looking at a mail.
    ///
    /// # Errors
    /// [`Problem`] with everything that is wrong with it.
    pub fn of(shown: Shown, lang: Lang) -> Answer<Self> {
        match shown.mail {
            Some(mail) => Ok(Self { content: mail.into(), missing: shown.missing }),
            None => Err(wrong(&shown.errors, "", lang)),
        }
    }
}

/// A version of a mail template.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateVersion {
    pub version: i64,
    /// As the program brings it.
    pub as_delivered: bool,
    /// Empty where it is as the program brings it.
    pub subject: String,
    /// Who of the staff; null for programs.
    pub made_by: Option<String>,
    #[schema(format = DateTime)]
    pub made_at: Option<String>,
}

impl From<VersionRow> for TemplateVersion {
    fn from(row: VersionRow) -> Self {
        Self {
            version: row.number,
            as_delivered: row.builtin,
            subject: row.subject,
            made_by: row.made_by,
            made_at: rfc3339(Timestamp(row.made_at)),
        }
    }
}

/// Everything that is wrong with a template, each at its place; `within` is what its fields stand in: `draft.`.
fn wrong(errors: &[TemplateError], within: &str, lang: Lang) -> Problem {
    let one = |error: &TemplateError| {
        let mut told = FieldError::new(format!("{within}{}", error.field.code()), &error.message, lang);
        let at = lang.dynamic(&message("composer.check.at", &[("line", &error.line), ("column", &error.column)]));
        told.detail = format!("{at}: {}", told.detail);
        told
    };
    Problem::Fields(errors.iter().map(one).collect())
}

/// The language of the request.
fn locale(call: &Call) -> Answer<String> {
    let chosen = call.choice("locale", LANGUAGES)?;
    Ok(chosen.unwrap_or_else(|| call.state.settings().locale.clone()))
}

async fn whole(q: &impl Query, call: &Call, locale: &str) -> Answer<MailTemplate> {
    Ok(service::open(q, call.viewer(), call.text("template")?, locale, call.lang).await?.into())
}

async fn reply(q: &impl Query, call: &Call, locale: &str) -> Answer {
    let template = whole(q, call, locale).await?;
    Ok(Reply::ok(&template)?.tagged(tag(&template)))
}

fn tag(template: &MailTemplate) -> String {
    edition_tag(&(&template.template, &template.locale, template.version), template)
}

async fn list(call: &Call) -> Answer {
    let all = service::list(call.viewer(), call.lang).await?;
    Reply::ok(&PageOf::whole(all.into_iter().map(ListedTemplate::from).collect()))
}

async fn get(call: &Call) -> Answer {
    reply(&call.state.db, call, &locale(call)?).await
}

async fn create(call: &Call, tx: &Tx) -> Answer {
    let (input, locale) = (call.body::<NewTemplate>()?, locale(call)?);
    let from = input.from.as_deref();
    if from == Some("") {
        return Err(Problem::invalid("from", "messages.template_unknown"));
    }
    let made = service::add(tx, &call.actor(), &input.title, from.unwrap_or_default(), &locale).await;
    let name = made.map_err(|error| match error {
        AppError::NotFound => Problem::invalid("from", "messages.template_unknown"),
        other => other.into(),
    })?;
    let template: MailTemplate = service::open(tx, call.viewer(), &name, &locale, call.lang).await?.into();
    let tag = tag(&template);
    Ok(Reply::created(format!("/api/templates/{name}"), &template)?.tagged(tag))
}

async fn retire(call: &Call, tx: &Tx, retired: bool) -> Answer {
    let (name, locale) = (call.text("template")?, locale(call)?);
    if !whole(tx, call, &locale).await?.own {
        return Err(AppError::Conflict { message: "templates.not_own".into() }.into());
    }
    held(call, tx, &locale).await?;
    service::set_retired(tx, &call.actor(), name, retired).await?;
    reply(tx, call, &locale).await
}

/// The template of the path, locked, as `If-Match` wants it; its version.
async fn held(call: &Call, tx: &Tx, locale: &str) -> Answer<i64> {
    let template = whole(tx, call, locale).await?;
    store::hold(tx, &template.template, call.now).await?;
    let template = whole(tx, call, locale).await?;
    call.expect_edition(&tag(&template))?;
    Ok(template.version)
}

async fn replace(call: &Call, tx: &Tx) -> Answer {
    let (draft, locale) = (call.body::<TemplateInput>()?.draft()?, locale(call)?);
    let name = call.text("template")?;
    let version = held(call, tx, &locale).await?;
    let source = service::written(tx, name, &locale, draft).await?.map_err(|errors| wrong(&errors, "", call.lang))?;
    service::keep(tx, &call.actor(), (name, &locale), version, &source).await?;
    reply(tx, call, &locale).await
}

async fn versions(call: &Call) -> Answer {
    let (name, locale) = (call.text("template")?, locale(call)?);
    service::find_source(&call.state.db, name, &locale).await?.ok_or(AppError::NotFound)?;
    let rows = store::versions(&call.state.db, name, &locale).await?;
    Reply::ok(&PageOf::whole(rows.into_iter().map(TemplateVersion::from).collect()))
}

async fn restore(call: &Call, tx: &Tx) -> Answer {
    let (input, locale) = (call.body::<RestoreInput>()?, locale(call)?);
    held(call, tx, &locale).await?;
    let restored = service::bring_back(tx, &call.actor(), call.text("template")?, &locale, input.version).await;
    // The template is there, so it is the version that is not.
    restored.map_err(|error| match error {
        AppError::NotFound => Problem::invalid("version", "templates.no_such_version"),
        other => other.into(),
    })?;
    reply(tx, call, &locale).await
}

/// The customer as whom a mail is looked at, where it is one: what it is filled with is theirs, so it takes the scope that shows customers.
///
/// # Errors
/// [`Problem::MissingScope`]; [`Problem`] on `customer_id` where there is none.
pub async fn as_whom(call: &Call, q: &impl Query, id: Option<i64>) -> Answer<Option<CustomerId>> {
    let Some(id) = id else { return Ok(None) };
    call.expect_scope(ReadCustomers)?;
    Ok(Some(named(q, "customer_id", CustomerId(id)).await?))
}

async fn preview(call: &Call) -> Answer {
    let (input, locale) = (call.body::<PreviewInput>()?, locale(call)?);
    let (db, name) = (&call.state.db, call.text("template")?);
    let customer = as_whom(call, db, input.customer_id).await?;
    let is_draft = input.draft.is_some();
    let draft = match input.draft {
        Some(draft) => draft.draft()?,
        None => Draft::of(&service::find_source(db, name, &locale).await?.ok_or(AppError::NotFound)?.0),
    };
    let shown = service::preview(call.viewer(), name, &locale, draft, customer).await?;
    match shown.mail {
        None if is_draft => Err(wrong(&shown.errors, "draft.", call.lang)),
        _ => Reply::ok(&Preview::of(shown, call.lang)?),
    }
}
