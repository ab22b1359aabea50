//! Looking at a campaign before it is sent.
//!
//! What is an error here is what starting it would refuse, said by the same code ([`problems`]).

use super::outline::outline;
use super::rules::{Looked, look};
use super::{Finding, Level, Place, Report, Trial, links};
use crate::base::i18n::{Lang, by_code, message};
use crate::base::{AppResult, BranchId, CampaignId, CustomerId};
use crate::messages::campaigns::service::{Problem, has_sender, other_subjects, problems};
use crate::messages::campaigns::{CampaignForm, Fate, store as campaigns};
use crate::messages::composer::service::see;
use crate::messages::composer::write::recipients;
use crate::messages::composer::{Found, bounded, sift};
use crate::messages::templates::catalogue::Catalogue;
use crate::messages::templates::recipients::{load, shop};
use crate::messages::templates::service::CAMPAIGN;
use crate::messages::templates::{Template, Variables};
use crate::messages::transport::{MailServer, SUBJECT_MAX};
use crate::messages::unsubscribe;
use crate::server::{Context, Viewer};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Customers who are read at once.
const CHUNK: usize = 500;
/// How many are looked at, and how long, for something that they lack; and how many of them are named for each variable.
const LOOKED_AT: usize = 20_000;
const LONGEST: Duration = Duration::from_millis(1_500);
const NAMED: usize = 5;
/// Links that are listed and opened.
const LINKS: usize = 40;

/// Everything about a campaign as it is typed.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] for what could not even be saved.
pub async fn report(ctx: Viewer<'_>, id: CampaignId, form: &CampaignForm) -> AppResult<Report> {
    let scope = see(&ctx.state.db, ctx.scope(), id).await?;
    bounded(form)?;
    let lang = by_code(&ctx.state.settings().locale);
    let mut findings: Vec<Finding> = problems(form).into_iter().map(problem).collect();
    if findings.is_empty() {
        findings.push(Finding::ok("composer.check.text_reads"));
    }
    findings.extend(sender(ctx));
    let template = Template::compile(&form.source(), lang).ok();
    let (who, gets_it) = audience(ctx, form, scope.as_deref(), template.as_ref()).await?;
    findings.extend(who);
    findings.extend(looks(ctx, form, template.as_ref()));
    findings.sort_by_key(|finding| finding.level);
    Ok(Report { findings, gets_it, links: addresses(&form.body) })
}

fn problem(problem: Problem) -> Finding {
    let place = Place::of(problem.field);
    let at = problem.at.map(|(line, column)| message("composer.check.at", &[("line", &line), ("column", &column)]));
    let mut finding = Finding::new(Level::Error, problem.message, Some(place));
    finding.advice = at.unwrap_or_default();
    finding
}

/// From whom it comes, and whether it leaves at all.
fn sender(ctx: Viewer<'_>) -> Vec<Finding> {
    let (state, settings) = (&ctx.state, ctx.state.settings());
    let from = unsubscribe::sender(state);
    let mut all = Vec::new();
    let says = |key: &str| message(key, &[("address", &from)]);
    if has_sender(state).is_err() {
        let finding = Finding::new(Level::Error, says("composer.check.sender_wrong"), Some(Place::Settings));
        all.push(finding.advise("composer.check.sender_advice"));
    } else if settings.mail.from_address.is_empty() {
        let finding = Finding::new(Level::Warning, says("composer.check.sender_none"), Some(Place::Settings));
        all.push(finding.advise("composer.check.sender_advice"));
    } else {
        all.push(Finding::ok(says("composer.check.sender_ok")));
    }
    if !matches!(MailServer::of(&state.config), Ok(Some(_))) {
        let finding = Finding::new(Level::Warning, "composer.check.server_none", Some(Place::Settings));
        all.push(finding.advise("composer.check.server_advice"));
    }
    if !state.config.public_url.starts_with("https://") {
        let says = message("composer.check.url_open", &[("url", &state.config.public_url)]);
        all.push(Finding::new(Level::Warning, says, None).advise("composer.check.url_advice"));
    }
    if shop(&settings).get("shop.address").is_none() {
        let finding = Finding::new(Level::Warning, "composer.check.address_none", None);
        all.push(finding.advise("composer.check.address_advice"));
    }
    all
}

/// Who gets it, and who lacks what it says.
async fn audience(
    ctx: Viewer<'_>,
    form: &CampaignForm,
    scope: Option<&[BranchId]>,
    template: Option<&Template>,
) -> AppResult<(Vec<Finding>, i64)> {
    let wrong = |text: String| Finding::new(Level::Error, text, Some(Place::Audience)).advise("composer.check.audience_advice");
    let (audience, topic) = (&form.audience, form.topic);
    let counted = sift::count(ctx.state, audience, topic, scope).await?;
    let gets_it = counted.waterfall.map_or(0, |waterfall| waterfall.gets_it);
    let found = counted.include.into_iter().chain(counted.exclude);
    let mut all: Vec<Finding> = found
        .filter_map(|found| match found {
            Found::Wrong(message) => Some(Finding::new(Level::Error, message, Some(Place::Audience))),
            Found::Count(_) => None,
        })
        .collect();
    if gets_it == 0 {
        if all.is_empty() {
            all.push(wrong("campaign.nobody_gets_it".into()));
        }
        return Ok((all, 0));
    }
    all.push(Finding::ok(message("composer.check.audience_ok", &[("count", &gets_it)])));
    if let Some(template) = template {
        let subjects = Subjects::of(form, template, by_code(&ctx.state.settings().locale));
        let (started, mut lacks) = (Instant::now(), Lacks { subjects, ..Lacks::default() });
        let ids = sift::who(ctx.state, (audience, topic), scope, Some(Fate::GetsIt), (CustomerId(0), LOOKED_AT)).await?;
        for chunk in ids.chunks(CHUNK) {
            lacks.add(ctx, template, chunk).await?;
            if started.elapsed() > LONGEST {
                break;
            }
        }
        all.extend(lacks.findings(ctx, gets_it).await?);
    }
    Ok((all, gets_it))
}

/// Which variables without a fallback are empty for how many, and whose subject gets too long.
#[derive(Default)]
struct Lacks<'a> {
    looked_at: i64,
    by_variable: BTreeMap<String, Few>,
    subjects: Subjects<'a>,
}

/// How many, and who the first of them are.
#[derive(Default)]
struct Few {
    count: i64,
    first: Vec<CustomerId>,
}

impl Few {
    fn add(&mut self, id: CustomerId) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(id);
        }
    }

    async fn named(self, ctx: Viewer<'_>) -> AppResult<Vec<(CustomerId, String)>> {
        let named = recipients(&ctx.state.db, &self.first).await?;
        Ok(named.into_iter().map(|found| (found.id, if found.name.is_empty() { found.email } else { found.name })).collect())
    }
}

/// The subjects in which something is filled in, and whom each gets too long for.
#[derive(Default)]
struct Subjects<'a> {
    own: Option<(&'a Template, Few)>,
    others: Vec<(Template, Few)>,
}

impl<'a> Subjects<'a> {
    fn of(form: &CampaignForm, template: &'a Template, lang: Lang) -> Self {
        let is_filled = |subject: &str| subject.contains('{');
        let others = other_subjects(form, lang).unwrap_or_default().into_iter().zip(&form.test.others);
        Self {
            own: is_filled(&form.subject).then(|| (template, Few::default())),
            others: others.filter(|(_, subject)| is_filled(subject)).map(|(template, _)| (template, Few::default())).collect(),
        }
    }

    fn look(&mut self, id: CustomerId, variables: &Arc<Variables>) {
        let is_long =
            |template: &Template| template.subject(variables).is_ok_and(|subject| subject.chars().count() > SUBJECT_MAX);
        let own = self.own.iter_mut().map(|(template, few)| (*template, few));
        for (template, few) in own.chain(self.others.iter_mut().map(|(template, few)| (&*template, few))) {
            if is_long(template) {
                few.add(id);
            }
        }
    }

    async fn findings(self, ctx: Viewer<'_>, looked_at: i64) -> AppResult<Vec<Finding>> {
        let own = self.own.map(|(_, few)| (few, Place::Subject));
        let mut all = Vec::new();
        for (few, place) in own.into_iter().chain(self.others.into_iter().map(|(_, few)| (few, Place::Test))) {
            if few.count == 0 {
                continue;
            }
            let says =
                message("composer.check.subject_cut", &[("most", &SUBJECT_MAX), ("count", &few.count), ("looked", &looked_at)]);
            let mut finding = Finding::new(Level::Warning, says, Some(place)).advise("composer.check.subject_cut_advice");
            finding.customers = few.named(ctx).await?;
            all.push(finding);
        }
        Ok(all)
    }
}

impl Lacks<'_> {
    async fn add(&mut self, ctx: Viewer<'_>, template: &Template, ids: &[CustomerId]) -> AppResult<()> {
        let settings = ctx.state.settings();
        let samples = Catalogue::of(CAMPAIGN).samples(settings.base_currency);
        let mut around = shop(&settings);
        around.take(samples.only("links."));
        let around = Arc::new(around);
        for (id, own) in load(&ctx.state.db, &settings, ids).await? {
            let mut variables = Variables::over(Arc::clone(&around));
            variables.take(own);
            self.looked_at += 1;
            for name in template.missing(&variables) {
                self.by_variable.entry(name).or_default().add(id);
            }
            self.subjects.look(id, &Arc::new(variables));
        }
        Ok(())
    }

    async fn findings(self, ctx: Viewer<'_>, gets_it: i64) -> AppResult<Vec<Finding>> {
        let Self { looked_at, by_variable, subjects } = self;
        let mut all = subjects.findings(ctx, looked_at).await?;
        if by_variable.is_empty() {
            all.push(Finding::ok(message("composer.check.lacks_ok", &[("looked", &looked_at), ("all", &gets_it)])));
        }
        for (name, few) in by_variable {
            let says = message(
                "composer.check.lacks",
                &[("name", &name), ("count", &few.count), ("looked", &looked_at), ("all", &gets_it)],
            );
            let advice = message("composer.check.lacks_advice", &[("name", &name)]);
            let mut finding = Finding::new(Level::Warning, says, Some(Place::Body)).advise(advice);
            finding.customers = few.named(ctx).await?;
            all.push(finding);
        }
        Ok(all)
    }
}

/// What can be said by looking at the mail as somebody gets it.
fn looks(ctx: Viewer<'_>, form: &CampaignForm, template: Option<&Template>) -> Vec<Finding> {
    let Some(template) = template else { return Vec::new() };
    let settings = ctx.state.settings();
    let mut samples = Catalogue::of(CAMPAIGN).samples(settings.base_currency);
    samples.take(shop(&settings));
    let Ok(mail) = template.render(&Arc::new(samples)) else { return Vec::new() };
    let tags = outline(&form.body);
    let sources = [form.subject.as_str(), form.preheader.as_str(), form.body.as_str(), form.text.as_str()];
    look(&Looked { mail: &mail, preheader: &form.preheader, sources, tags: &tags })
}

/// The addresses that a body links to, each once.
fn addresses(body: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for tag in outline(body) {
        if tag.name == "a" && !tag.address.is_empty() && !all.contains(&tag.address) && all.len() < LINKS {
            all.push(tag.address);
        }
    }
    all
}

/// Opens the links of a campaign as it is saved.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn try_links(ctx: &Context, id: CampaignId) -> AppResult<Vec<Trial>> {
    see(&ctx.state.db, ctx.scope(), id).await?;
    let (_, form) = campaigns::get_form(&ctx.state.db, id).await?;
    Ok(links::try_all(addresses(&form.body)).await)
}
