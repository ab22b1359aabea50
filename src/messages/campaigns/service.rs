//! Use cases of campaigns: adding one, starting, pausing, going on, ending.

use super::audience::preview;
use super::{CampaignForm, CampaignState, CampaignView, Move, Schedule, freeze, plan, store, trial};
use crate::base::i18n::{LOCALES, Lang, by_code};
use crate::base::{AppError, AppResult, BranchId, CampaignId, Currency, Timestamp};
use crate::messages::composer::bounded;
use crate::messages::composer::service::see;
use crate::messages::composer::sift::are_in_use;
use crate::messages::reactions::orders;
use crate::messages::templates::catalogue::Catalogue;
use crate::messages::templates::{Source, Template, TemplateError};
use crate::messages::transport::{Heading, Letter, SUBJECT_MAX, pack, recipient};
use crate::messages::unsubscribe;
use crate::office::alerts;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::server::{AppState, Context, Tx, Viewer};
use std::sync::Arc;

const LONGEST_NAME: usize = 120;

/// What keeps a campaign from being sent as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub field: &'static str,
    /// A key of the texts with its values.
    pub message: String,
    /// Line and column, where it is at one place.
    pub at: Option<(u32, u32)>,
}

impl Problem {
    fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into(), at: None }
    }

    fn of(error: TemplateError) -> Self {
        Self { field: error.field.code(), message: error.message, at: Some((error.line, error.column)) }
    }
}

/// What is written must be what can be sent.
///
/// # Errors
/// [`AppError::Invalid`] on the first field that cannot be.
pub fn check(form: &CampaignForm) -> AppResult<()> {
    match problems(form).into_iter().next() {
        Some(problem) => Err(AppError::invalid(problem.field, problem.message)),
        None => Ok(()),
    }
}

/// Everything that keeps a campaign from being sent as it is written; empty where nothing does.
#[must_use]
pub fn problems(form: &CampaignForm) -> Vec<Problem> {
    let mut all = Vec::new();
    let name = form.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        all.push(Problem::new("name", "campaign.name_invalid"));
    }
    if form.body.trim().is_empty() {
        all.push(Problem::new("body", "mail.why.empty"));
    }
    // What is wrong in one language is mostly wrong in all of them.
    let of_text = LOCALES.iter().map(|(code, ..)| problems_in(form, by_code(code))).find(|found| !found.is_empty());
    all.extend(of_text.unwrap_or_default());
    all.extend(of_test(form));
    all
}

/// What is wrong with the subjects that are tried.
fn of_test(form: &CampaignForm) -> Option<Problem> {
    if let Err(AppError::Invalid { field, message }) = form.test.check() {
        let field = if field == "share" {
            "share"
        } else if field == "wait_hours" {
            "wait_hours"
        } else {
            "others"
        };
        return Some(Problem::new(field, &message));
    }
    let Some(others) = other_subjects(form, by_code("en")) else { return Some(Problem::new("others", "campaign.test.wrong")) };
    others.iter().any(is_subject_long).then(|| Problem::new("others", "campaign.test.long"))
}

/// The subjects that are tried beside the campaign's own, as templates of nothing else; `None` where one does not compile.
#[must_use]
pub fn other_subjects(form: &CampaignForm, lang: Lang) -> Option<Vec<Template>> {
    let compiled = |subject: &String| {
        let other = Source { subject: subject.trim().to_owned(), body: "-".into(), text: None, ..form.source() };
        Template::compile(&other, lang).ok()
    };
    form.test.others.iter().map(compiled).collect()
}

/// Whether a subject is too long even with samples, so that everybody would get it cut.
fn is_subject_long(template: &Template) -> bool {
    let samples = Arc::new(Catalogue::of("campaign").samples(Currency::USD));
    template.subject(&samples).is_ok_and(|subject| subject.chars().count() > SUBJECT_MAX)
}

/// What is wrong with the mail in a language.
fn problems_in(form: &CampaignForm, lang: Lang) -> Vec<Problem> {
    let template = match Template::compile(&form.source(), lang) {
        Ok(template) => template,
        Err(errors) => return errors.into_iter().map(Problem::of).collect(),
    };
    // What would never end, or be too large, shows here and not at the thousandth recipient.
    let rendered = match template.render(&Arc::new(Catalogue::of("campaign").samples(Currency::USD))) {
        Ok(rendered) => rendered,
        Err(error) => return vec![Problem::of(error)],
    };
    if is_subject_long(&template) {
        return vec![Problem::new("subject", "mail.why.subject")];
    }
    let letter = Letter { subject: rendered.subject, html: rendered.html, text: rendered.text, attachments: Vec::new() };
    match pack(&letter, &SAMPLE, None) {
        Ok(_) => Vec::new(),
        Err(why) => vec![Problem::new(if why == "mail.why.subject" { "subject" } else { "body" }, why)],
    }
}

const SAMPLE: Heading<'static> = Heading {
    from_name: "",
    from: "shop@shop.example",
    reply_to: "",
    to: "customer@shop.example",
    message_id: "1@shop.example",
    at: Timestamp(0),
    unsubscribe: None,
};

/// Adds a draft, which may be unfinished.
///
/// # Errors
/// As [`bounded`].
pub async fn create(ctx: &Context, form: &CampaignForm) -> AppResult<CampaignId> {
    let tx = ctx.state.db.begin().await?;
    let id = add(&tx, ctx.scope(), &ctx.actor(), form).await?;
    tx.commit().await?;
    Ok(id)
}

/// As [`create`], in a transaction that is under way; for customers of these branches (`None`: of all).
///
/// # Errors
/// As [`bounded`].
pub async fn add(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, form: &CampaignForm) -> AppResult<CampaignId> {
    bounded(form)?;
    let id = store::insert(tx, form, scope, actor.staff, actor.at).await?;
    note(tx, actor, id, "campaign.added", form.name.trim()).await?;
    Ok(id)
}

/// Sends a campaign now.
///
/// # Errors
/// As [`check`]; [`AppError::Invalid`] on `audience` where nobody would get it; [`AppError::Conflict`] where it is being sent, or was.
pub async fn start(ctx: &Context, id: CampaignId) -> AppResult<()> {
    let seen = ready(ctx.viewer(), id).await?;
    let tx = ctx.state.db.begin().await?;
    launch(&tx, &ctx.actor(), id, seen).await?;
    tx.commit().await?;
    ctx.state.job_added.notify_one();
    Ok(())
}

/// As [`start`] of a campaign that was seen to be [`ready`] in this version, in a transaction that is under way.
///
/// # Errors
/// [`AppError::Conflict`] where it is being sent, or was, or is of another version by now.
pub async fn launch(tx: &Tx, actor: &Actor, id: CampaignId, seen: i64) -> AppResult<()> {
    let name = hold(tx, id, seen).await?;
    // Now is now for everybody, whatever it was scheduled for.
    store::set_schedule(tx, id, Timestamp(0), None).await?;
    begin(tx, id, &name, actor.at).await?;
    note(tx, actor, id, "campaign.started", &name).await
}

/// Locks a campaign that is not under way yet and is as it was seen; its name.
async fn hold(tx: &Tx, id: CampaignId, seen: i64) -> AppResult<String> {
    let (state, name) = store::lock(tx, id).await?;
    if !matches!(state, CampaignState::Draft | CampaignState::Scheduled) {
        return Err(AppError::Conflict { message: "campaign.started".into() });
    }
    if store::get_form(tx, id).await?.0 != seen {
        return Err(AppError::Conflict { message: "campaign.changed".into() });
    }
    Ok(name)
}

/// What is written can be sent, by who wants it sent, and somebody would get it: all of that is so of this version. It asks for the whole
/// audience, so it is asked before the transaction that sends.
///
/// # Errors
/// [`AppError::NotFound`]; as [`check`]; [`AppError::Invalid`] on `sender`, and on `audience` where nobody would get it.
pub async fn ready(ctx: Viewer<'_>, id: CampaignId) -> AppResult<i64> {
    let state = ctx.state;
    see(&state.db, ctx.scope(), id).await?;
    let (version, form) = store::get_form(&state.db, id).await?;
    let brief = store::get_brief(&state.db, id).await?;
    if matches!(brief.state, CampaignState::Draft | CampaignState::Scheduled) {
        check(&form)?;
    }
    has_sender(state)?;
    are_in_use(state, &form.audience).await?;
    let waterfall = preview(state, &form.audience, form.topic, brief.scope.as_deref(), Some(1)).await?;
    if waterfall.gets_it == 0 { Err(AppError::invalid("audience", "campaign.nobody_gets_it")) } else { Ok(version) }
}

/// Mails must come from an address that mail servers take.
///
/// # Errors
/// [`AppError::Invalid`] on `sender`.
pub fn has_sender(state: &AppState) -> AppResult<()> {
    match recipient(&unsubscribe::sender(state)) {
        Ok(_) => Ok(()),
        Err(_) => Err(AppError::invalid("sender", "mail.why.sender")),
    }
}

async fn begin(tx: &Tx, id: CampaignId, name: &str, now: Timestamp) -> AppResult<()> {
    store::enter(tx, id, CampaignState::Sending, now).await?;
    Ok(freeze::enqueue(tx, id, name, now).await?)
}

/// Sends a campaign when the clocks of the shop, or of each recipient, show a certain time.
///
/// # Errors
/// [`AppError::Invalid`] on `schedule` for a time that is over or that clocks jump over; and on `audience` as [`start`].
pub async fn schedule(ctx: &Context, id: CampaignId, schedule: Schedule) -> AppResult<()> {
    let actor = ctx.actor();
    plan::start(&ctx.state, schedule, actor.at)?;
    let seen = ready(ctx.viewer(), id).await?;
    let tx = ctx.state.db.begin().await?;
    set_time(&tx, &ctx.state, &actor, id, schedule, seen).await?;
    Ok(tx.commit().await?)
}

/// As [`schedule`] of a campaign that was seen to be [`ready`] in this version, in a transaction that is under way.
///
/// # Errors
/// As [`schedule`] and [`launch`].
pub async fn set_time(tx: &Tx, state: &AppState, actor: &Actor, id: CampaignId, schedule: Schedule, seen: i64) -> AppResult<()> {
    let at = plan::start(state, schedule, actor.at)?;
    let name = hold(tx, id, seen).await?;
    store::enter(tx, id, CampaignState::Scheduled, actor.at).await?;
    store::set_schedule(tx, id, at, Some(schedule)).await?;
    note(tx, actor, id, "campaign.scheduled", &name).await
}

/// A campaign and how far it is.
///
/// # Errors
/// [`AppError::NotFound`], also where it is for more branches than the member's.
pub async fn view(ctx: &Context, id: CampaignId) -> AppResult<CampaignView> {
    see(&ctx.state.db, ctx.scope(), id).await?;
    store::get_view(&ctx.state.db, id, ctx.state.zone()).await
}

/// Pauses, resumes or cancels a campaign. What is being handed over at this moment still leaves.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] where it does not stand so.
pub async fn step(ctx: &Context, id: CampaignId, to: Move) -> AppResult<()> {
    let tx = ctx.state.db.begin().await?;
    move_on(&tx, ctx.scope(), &ctx.actor(), id, to).await?;
    Ok(tx.commit().await?)
}

/// As [`step`], in a transaction that is under way.
///
/// # Errors
/// As [`step`].
pub async fn move_on(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, id: CampaignId, to: Move) -> AppResult<()> {
    let (state, name) = store::lock(tx, id).await?;
    see(tx, scope, id).await?;
    let (next, action) = match (to, state) {
        (Move::Pause, CampaignState::Sending) => (CampaignState::Paused, "campaign.paused"),
        (Move::Resume, CampaignState::Paused) => (CampaignState::Sending, "campaign.resumed"),
        (Move::Cancel, CampaignState::Scheduled | CampaignState::Sending | CampaignState::Paused) => {
            (CampaignState::Cancelled, "campaign.cancelled")
        }
        (Move::Unschedule, CampaignState::Scheduled) => (CampaignState::Draft, "campaign.unscheduled"),
        _ => return Err(AppError::Conflict { message: "campaign.not_now".into() }),
    };
    store::enter(tx, id, next, actor.at).await?;
    if to == Move::Unschedule {
        store::set_schedule(tx, id, Timestamp(0), None).await?;
    }
    if to != Move::Pause {
        alerts::store::resolve(tx, "campaign.refused", &id.to_string(), actor.at).await?;
    }
    note(tx, actor, id, action, &name).await
}

/// Decides about mails in doubt: sent again, at the risk that somebody gets one twice, or left.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for a cancelled campaign.
pub async fn decide_doubts(ctx: &Context, id: CampaignId, again: bool) -> AppResult<u64> {
    see(&ctx.state.db, ctx.scope(), id).await?;
    let tx = ctx.state.db.begin().await?;
    let decided = settle_doubts(&tx, &ctx.actor(), id, again).await?;
    tx.commit().await?;
    Ok(decided)
}

/// As [`decide_doubts`], in a transaction that is under way.
///
/// # Errors
/// As [`decide_doubts`].
pub async fn settle_doubts(tx: &Tx, actor: &Actor, id: CampaignId, again: bool) -> AppResult<u64> {
    let (state, name) = hold_doubtful(tx, id, again).await?;
    let decided = store::decide_doubts(tx, id, again, actor.at).await?;
    if decided > 0 {
        go_on(tx, id, state, again, actor.at).await?;
        note(tx, actor, id, if again { "campaign.doubts_sent" } else { "campaign.doubts_left" }, &name).await?;
    }
    Ok(decided)
}

/// Locks a campaign of which mails are in doubt; of a cancelled one nothing is sent again.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`].
pub async fn hold_doubtful(tx: &Tx, id: CampaignId, again: bool) -> AppResult<(CampaignState, String)> {
    let (state, name) = store::lock(tx, id).await?;
    if again && !matches!(state, CampaignState::Sending | CampaignState::Paused | CampaignState::Sent) {
        return Err(AppError::Conflict { message: "campaign.not_now".into() });
    }
    Ok((state, name))
}

/// One that was over is being sent once more where something is sent again.
///
/// # Errors
/// When the database does not answer.
pub async fn go_on(tx: &Tx, id: CampaignId, state: CampaignState, again: bool, now: Timestamp) -> AppResult<()> {
    if again && state == CampaignState::Sent {
        store::enter(tx, id, CampaignState::Sending, now).await?;
    }
    Ok(())
}

/// Starts what is scheduled and due, decides tests of subjects, sees which orders
/// campaigns led to, and ends what is done; asked by every worker now and then.
///
/// # Errors
/// When the database does not answer.
pub async fn look_after(state: &AppState, now: Timestamp) -> AppResult<()> {
    trial::look_after(state, now).await?;
    orders::attribute(state, now).await?;
    let due = store::list_due(&state.db, now).await?;
    let done = store::list_done(&state.db).await?;
    for id in due {
        let tx = state.db.begin().await?;
        let (is, name) = store::lock(&tx, id).await?;
        // Another server may have been first.
        if is == CampaignState::Scheduled {
            begin(&tx, id, &name, now).await?;
            note(&tx, &Actor::system(now), id, "campaign.started", &name).await?;
            tx.commit().await?;
            state.job_added.notify_one();
        }
    }
    for id in done {
        let tx = state.db.begin().await?;
        let (is, name) = store::lock(&tx, id).await?;
        if is == CampaignState::Sending && store::list_done(&tx).await?.contains(&id) {
            store::enter(&tx, id, CampaignState::Sent, now).await?;
            note(&tx, &Actor::system(now), id, "campaign.sent", &name).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Writes an entry of the audit log about a campaign.
pub(in crate::messages) async fn note(tx: &Tx, actor: &Actor, id: CampaignId, action: &str, name: &str) -> AppResult<()> {
    let changes: Vec<Change> = Change::of("campaign", "", name).into_iter().collect();
    let entry = Entry { action, entity: "campaign", entity_id: id.0, customer: None, changes: &changes };
    Ok(record(tx, actor, entry).await?)
}
