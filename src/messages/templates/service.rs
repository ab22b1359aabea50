//! Use cases of templates.

use super::catalogue::{Catalogue, Kind, Variable};
use super::store::{self, VersionRow};
use super::{
    Draft, Opened, Purpose, Recipient, Saved, Shown, Source, Template, TemplateError, TemplateSummary, VariableView, Variables,
    Version, builtin, compile, recipients,
};
use crate::base::i18n::{LOCALES, Lang, by_code};
use crate::base::text::truncate;
use crate::base::{AppError, AppResult, CustomerId, Timestamp};
use crate::customers::list::{ListState, MAX_SEARCH, PageSize, service as customers};
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::settings::zone::Zone;
use crate::server::{Context, Query, Tx, Viewer, keys};
use std::sync::Arc;

/// What own templates are about: every customer.
pub const CAMPAIGN: &str = "campaign";
/// Longer titles say no more.
pub const LONGEST_TITLE: usize = 80;

/// What a template says now in a language, or in the nearest one that it has: what mails are made of.
///
/// # Errors
/// When the database does not answer.
pub async fn find_source(q: &impl Query, name: &str, locale: &str) -> AppResult<Option<(Source, Lang)>> {
    // Databases differ in what they make of other letters.
    if !name.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_') {
        return Ok(None);
    }
    let lang = by_code(locale);
    if let Some(source) = current(q, name, lang.code()).await? {
        return Ok(Some((source, lang)));
    }
    for (code, ..) in LOCALES.iter().filter(|(code, ..)| *code != lang.code()) {
        if let Some(source) = current(q, name, code).await? {
            return Ok(Some((source, by_code(code))));
        }
    }
    Ok(None)
}

async fn current(q: &impl Query, name: &str, locale: &str) -> AppResult<Option<Source>> {
    let row = store::current(q, name, locale).await?;
    Ok(match row {
        Some(row) => source_of(name, locale, &row),
        None => builtin::find(name, locale),
    })
}

/// What a version says; `None` where the program no longer brings it.
fn source_of(name: &str, locale: &str, row: &VersionRow) -> Option<Source> {
    let brought = builtin::find(name, locale);
    if row.builtin {
        return brought;
    }
    Some(Source {
        subject_matter: brought.as_ref().map_or(CAMPAIGN, |_| name).to_owned(),
        purpose: brought.map_or(Purpose::Marketing, |source| source.purpose),
        layout: store::layout(&row.layout),
        subject: row.subject.clone(),
        preheader: row.preheader.clone(),
        body: row.body.clone(),
        text: row.plain.clone(),
    })
}

/// Every template: those that the program brings, then own ones.
///
/// # Errors
/// When the database does not answer.
pub async fn list(ctx: Viewer<'_>, lang: Lang) -> AppResult<Vec<TemplateSummary>> {
    let (db, zone) = (&ctx.state.db, ctx.state.zone());
    let (rows, versions) = (store::list(db).await?, store::list_current(db).await?);
    let of = |id: Option<i64>| versions.iter().filter(move |version| Some(version.0) == id);
    let changed = |id| of(id).map(|version| version.5).max().map(|at| zone.moment(Timestamp(at)));
    let brought = builtin::NAMES.iter().filter_map(|name| {
        let id = rows.iter().find(|row| row.name == *name).map(|row| row.id);
        let source = builtin::find(name, lang.code())?;
        let own = of(id).find(|version| version.1 == lang.code() && !version.2);
        Some(TemplateSummary {
            name: (*name).to_owned(),
            title: lang.dynamic(&format!("templates.name.{name}")),
            own: false,
            purpose: source.purpose,
            subject: own.map_or(source.subject, |version| version.3.clone()),
            locales: LOCALES.iter().map(|(code, ..)| (*code).to_owned()).collect(),
            changed: changed(id).filter(|_| of(id).any(|version| !version.2)),
            retired: false,
        })
    });
    let own = rows.iter().filter(|row| !row.title.is_empty()).map(|row| {
        let mut subjects: Vec<_> = of(Some(row.id)).collect();
        subjects.sort_by_key(|version| version.1 != lang.code());
        TemplateSummary {
            name: row.name.clone(),
            title: row.title.clone(),
            own: true,
            purpose: Purpose::Marketing,
            subject: subjects.first().map(|version| version.3.clone()).unwrap_or_default(),
            locales: subjects.iter().map(|version| version.1.clone()).collect(),
            changed: changed(Some(row.id)),
            retired: row.retired_at > 0,
        }
    });
    Ok(brought.chain(own).collect())
}

/// A template in a language, for its editor. An own one that is not written in it yet begins as it is in another.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn open(q: &impl Query, ctx: Viewer<'_>, name: &str, locale: &str, lang: Lang) -> AppResult<Opened> {
    let db = q;
    check_locale(locale)?;
    let row = store::find(db, name).await?;
    let (source, _) = find_source(db, name, locale).await?.ok_or(AppError::NotFound)?;
    let zone = ctx.state.zone();
    let versions: Vec<Version> = store::versions(db, name, locale).await?.into_iter().map(|row| version(row, zone)).collect();
    let own = row.as_ref().is_some_and(|row| !row.title.is_empty());
    let retired = row.as_ref().is_some_and(|row| row.retired_at > 0);
    let title = row.filter(|_| own).map_or_else(|| lang.dynamic(&format!("templates.name.{name}")), |row| row.title);
    Ok(Opened {
        name: name.to_owned(),
        title,
        own,
        retired,
        locale: locale.to_owned(),
        languages: LOCALES.iter().map(|(code, name, _)| ((*code).to_owned(), (*name).to_owned())).collect(),
        number: versions.first().map_or(0, |version| version.number),
        builtin: !own && versions.first().is_none_or(|version| version.builtin),
        variables: variables(&source.subject_matter, lang, ctx),
        filters: filters(),
        draft: Draft::of(&source),
        subject_matter: source.subject_matter,
        purpose: source.purpose,
        versions,
    })
}

fn version(row: VersionRow, zone: Zone) -> Version {
    Version {
        number: row.number,
        builtin: row.builtin,
        subject: row.subject,
        by: row.made_by,
        at: zone.moment(Timestamp(row.made_at)),
    }
}

/// The filters that there are.
#[must_use]
pub fn filters() -> Vec<String> {
    super::environment::FILTERS.iter().map(|name| (*name).to_owned()).collect()
}

/// What the editor offers, with the names that people know and a sample as the language writes it.
#[must_use]
pub fn variables(matter: &str, lang: Lang, ctx: Viewer<'_>) -> Vec<VariableView> {
    let catalogue = Catalogue::of(matter);
    let samples = catalogue.samples(ctx.state.settings().base_currency);
    let mut views = Vec::new();
    for variable in catalogue.all() {
        let sample = samples.get(variable.name).map(|value| value.shown(lang)).unwrap_or_default();
        views.push(view(variable.name, variable, sample, lang));
        let Kind::List(fields) = variable.kind else { continue };
        for field in fields {
            views.push(view(&format!("{}.{}", variable.name, field.name), field, field.sample.to_owned(), lang));
        }
    }
    views
}

fn view(name: &str, variable: &Variable, sample: String, lang: Lang) -> VariableView {
    VariableView {
        name: name.to_owned(),
        label: lang.dynamic(&format!("variable.{name}")),
        kind: variable.kind.code().to_owned(),
        sample,
        can_be_missing: variable.can_be_missing,
    }
}

/// Keeps a draft as the version that counts from now on.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when somebody else has saved meanwhile.
pub async fn save(ctx: &Context, name: &str, locale: &str, based_on: i64, draft: Draft) -> AppResult<Saved> {
    let after = match written(&ctx.state.db, name, locale, draft).await? {
        Ok(source) => source,
        Err(errors) => return Ok(Saved::Wrong(errors)),
    };
    let tx = ctx.state.db.begin().await?;
    let number = keep(&tx, &ctx.actor(), (name, locale), based_on, &after).await?;
    tx.commit().await?;
    Ok(Saved::As(number))
}

/// A template that says what a draft does, or everything that is wrong with it.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn written(q: &impl Query, name: &str, locale: &str, draft: Draft) -> AppResult<Result<Source, Vec<TemplateError>>> {
    check_locale(locale)?;
    let (before, _) = find_source(q, name, locale).await?.ok_or(AppError::NotFound)?;
    let after = draft.over(&before);
    Ok(Template::compile(&after, by_code(locale)).map(|_| after))
}

/// Keeps what compiles as the version that counts from now on; its number.
///
/// # Errors
/// [`AppError::Conflict`] when somebody else has saved after `based_on`.
pub async fn keep(tx: &Tx, actor: &Actor, at: (&str, &str), based_on: i64, source: &Source) -> AppResult<i64> {
    write(tx, actor, at, Some(based_on), Some(source), "mail_template.changed").await
}

/// Makes an earlier version count again; `None`: the one that the program brings.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn restore(ctx: &Context, name: &str, locale: &str, number: Option<i64>) -> AppResult<i64> {
    let tx = ctx.state.db.begin().await?;
    let made = bring_back(&tx, &ctx.actor(), name, locale, number).await?;
    tx.commit().await?;
    Ok(made)
}

/// As [`restore`], in a transaction that is under way.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn bring_back(tx: &Tx, actor: &Actor, name: &str, locale: &str, number: Option<i64>) -> AppResult<i64> {
    check_locale(locale)?;
    let source = match number {
        Some(number) => {
            let row = store::find_version(tx, name, locale, number).await?.ok_or(AppError::NotFound)?;
            if row.builtin { None } else { source_of(name, locale, &row) }
        }
        None => None,
    };
    if source.is_none() && builtin::find(name, locale).is_none() {
        return Err(AppError::NotFound);
    }
    write(tx, actor, (name, locale), None, source.as_ref(), "mail_template.restored").await
}

async fn write(
    tx: &Tx,
    actor: &Actor,
    (name, locale): (&str, &str),
    based_on: Option<i64>,
    source: Option<&Source>,
    action: &str,
) -> AppResult<i64> {
    let id = store::hold(tx, name, actor.at).await?;
    let last = store::last_number(tx, id, locale).await?;
    if based_on.is_some_and(|number| number != last) {
        return Err(AppError::Conflict { message: "templates.changed".into() });
    }
    store::add_version(tx, (id, locale, last + 1), source, actor.staff, actor.at).await?;
    let named = [("template", name.to_owned()), ("language", locale.to_owned()), ("number", (last + 1).to_string())];
    let changes: Vec<Change> = named.into_iter().filter_map(|(field, value)| Change::of(field, "", value)).collect();
    let entry = Entry { action, entity: "mail_template", entity_id: id, customer: None, changes: &changes };
    record(tx, actor, entry).await?;
    Ok(last + 1)
}

/// Adds an own template that begins as another one is; yields its name.
///
/// # Errors
/// [`AppError::Invalid`] on `title`; [`AppError::NotFound`] for the other.
pub async fn create(ctx: &Context, title: &str, from: &str, locale: &str) -> AppResult<String> {
    let tx = ctx.state.db.begin().await?;
    let name = add(&tx, &ctx.actor(), title, from, locale).await?;
    tx.commit().await?;
    Ok(name)
}

/// As [`create`], in a transaction that is under way.
///
/// # Errors
/// As [`create`].
pub async fn add(tx: &Tx, actor: &Actor, title: &str, from: &str, locale: &str) -> AppResult<String> {
    check_locale(locale)?;
    let title = title.trim();
    if title.is_empty() || title.chars().count() > LONGEST_TITLE || title.contains(char::is_control) {
        return Err(AppError::invalid("title", "templates.title_invalid"));
    }
    let source = match from {
        "" => starter(by_code(locale)),
        from => find_source(tx, from, locale).await?.ok_or(AppError::NotFound)?.0,
    };
    let source = Source { subject_matter: CAMPAIGN.into(), purpose: Purpose::Marketing, ..source };
    if Template::compile(&source, by_code(locale)).is_err() {
        return Err(AppError::invalid("from", "templates.from_invalid"));
    }
    let (token, _) = keys::new_token();
    let word: String = token.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    let name = format!("own_{}", word.to_ascii_lowercase());
    let id = store::insert(tx, &name, title, actor.at).await?;
    store::add_version(tx, (id, locale, 1), Some(&source), actor.staff, actor.at).await?;
    let changes: Vec<Change> = Change::of("title", "", title).into_iter().collect();
    let entry =
        Entry { action: "mail_template.added", entity: "mail_template", entity_id: id, customer: None, changes: &changes };
    record(tx, actor, entry).await?;
    Ok(name)
}

/// What a new template begins as.
fn starter(lang: Lang) -> Source {
    let there = lang.t("templates.starter_there");
    let hello =
        lang.with("templates.starter_hello", &[("name", &format!("{{{{ customer.first_name | default(\"{there}\") }}}}"))]);
    Source {
        subject_matter: CAMPAIGN.into(),
        purpose: Purpose::Marketing,
        layout: super::Layout::Card,
        subject: lang.t("templates.starter_subject").to_owned(),
        preheader: String::new(),
        body: format!(
            "<h1>{}</h1>\n<p>{hello}</p>\n<p>{}</p>\n",
            lang.t("templates.starter_title"),
            lang.t("templates.starter_text")
        ),
        text: None,
    }
}

/// Takes an own template out of use, or back.
///
/// # Errors
/// [`AppError::NotFound`], also where it stands so already.
pub async fn retire(ctx: &Context, name: &str, retired: bool) -> AppResult<()> {
    let tx = ctx.state.db.begin().await?;
    if !set_retired(&tx, &ctx.actor(), name, retired).await? {
        return Err(AppError::NotFound);
    }
    Ok(tx.commit().await?)
}

/// As [`retire`], in a transaction that is under way; false where it stands so already, or the program brings the template.
///
/// # Errors
/// [`AppError::NotFound`] for one that nobody has ever written.
pub async fn set_retired(tx: &Tx, actor: &Actor, name: &str, retired: bool) -> AppResult<bool> {
    let at = if retired { actor.at } else { Timestamp(0) };
    let row = store::find(tx, name).await?.ok_or(AppError::NotFound)?;
    if !store::set_retired(tx, name, at).await? {
        return Ok(false);
    }
    let action = if retired { "mail_template.retired" } else { "mail_template.unretired" };
    let changes: Vec<Change> = Change::of("title", "", row.title).into_iter().collect();
    record(tx, actor, Entry { action, entity: "mail_template", entity_id: row.id, customer: None, changes: &changes }).await?;
    Ok(true)
}

/// What a draft looks like, for a customer or with samples.
///
/// # Errors
/// [`AppError::NotFound`] for a template or customer that does not exist for this member.
pub async fn preview(ctx: Viewer<'_>, name: &str, locale: &str, draft: Draft, recipient: Option<CustomerId>) -> AppResult<Shown> {
    check_locale(locale)?;
    let (before, _) = find_source(&ctx.state.db, name, locale).await?.ok_or(AppError::NotFound)?;
    let source = draft.over(&before);
    let lang = by_code(locale);
    let template = match Template::compile(&source, lang) {
        Ok(template) => template,
        Err(errors) => return Ok(Shown { errors, ..Shown::default() }),
    };
    let samples = Catalogue::of(&source.subject_matter).samples(ctx.state.settings().base_currency);
    shown(ctx, &source, &template, samples, recipient).await
}

/// What a template looks like, filled with `samples` where neither the shop nor the recipient is meant.
///
/// # Errors
/// [`AppError::NotFound`] for a customer who does not exist for this member.
pub async fn shown(
    ctx: Viewer<'_>,
    source: &Source,
    template: &Template,
    samples: Variables,
    recipient: Option<CustomerId>,
) -> AppResult<Shown> {
    let settings = ctx.state.settings();
    let mut variables = Variables::over(Arc::new(samples.without("customer.")));
    let customer = match recipient {
        Some(id) => Some(recipients::get(ctx, id).await?),
        None => None,
    };
    variables.take(recipients::shop(&settings));
    match customer {
        Some((_, own)) => variables.take(own),
        None => variables.take(samples.only("customer.")),
    }
    let missing = template.missing(&variables);
    let plain = compile::plain_text(source).unwrap_or_default();
    Ok(match template.render(&Arc::new(variables)) {
        Ok(mail) => Shown { mail: Some(mail), errors: Vec::new(), missing, plain },
        Err(error) => Shown { mail: None, errors: vec![error], missing, plain },
    })
}

/// Customers as the list finds them, to see a mail as one of them gets it.
///
/// # Errors
/// When the database does not answer.
pub async fn find_recipients(ctx: &Context, text: &str) -> AppResult<Vec<Recipient>> {
    const SHOWN: usize = 8;
    let list =
        ListState { search: truncate(text.trim(), MAX_SEARCH).to_owned(), page_size: PageSize::Rows25, ..ListState::default() };
    let answer = customers::answer(&ctx.state, ctx.scope(), &list).await?;
    let recipient = |row: crate::customers::list::ListRow| {
        let name = row.display_name().to_owned();
        Recipient { id: row.id, name, email: row.email }
    };
    Ok(answer.rows.into_iter().take(SHOWN).map(recipient).collect())
}

/// The customer after another, or before.
///
/// # Errors
/// When the database does not answer.
pub async fn neighbour(ctx: &Context, of: Option<CustomerId>, forward: bool) -> AppResult<Option<Recipient>> {
    Ok(recipients::neighbour(&ctx.state.db, ctx.scope(), of, forward).await?)
}

/// That there is such a language.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn check_locale(locale: &str) -> AppResult<()> {
    if LOCALES.iter().any(|(code, ..)| *code == locale) { Ok(()) } else { Err(AppError::NotFound) }
}
