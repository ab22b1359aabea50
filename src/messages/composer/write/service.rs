//! Use cases of writing a campaign.

use super::{Beginning, CodeChoice, Desk, ProductChoice, ProductRule, store};
use crate::base::i18n::{LOCALES, Lang, by_code};
use crate::base::text::truncate;
use crate::base::{AppError, AppResult, CampaignId, CustomerId, Timestamp};
use crate::commerce::products::store::{self as products, Product};
use crate::commerce::promotions::{PromotionQuery, store as promotions};
use crate::messages::campaigns::store::get_form;
use crate::messages::campaigns::{Audience, Fate};
use crate::messages::composer::service::see;
use crate::messages::composer::{bounded_audience, sift};
use crate::messages::suppression::Topic;
use crate::messages::templates::catalogue::Catalogue;
use crate::messages::templates::service::{CAMPAIGN, filters, find_source, list, shown, variables};
use crate::messages::templates::{Draft, Purpose, Recipient, Shown, Source, Template, VariableView};
use crate::server::{Context, Viewer};

/// Readers whom the preview goes through.
pub const READERS: usize = 50;
/// Codes and products that are offered.
const CODES: usize = 50;
const PRODUCTS: usize = 8;
/// Products that a rule puts into a mail.
const PICKED: usize = 4;
/// Days of which the best sellers are looked for.
const BEST_DAYS: i64 = 30;
/// Nothing longer is looked for.
const LONGEST_SEARCH: usize = 100;

/// What a draft is as a campaign.
#[must_use]
pub fn source(draft: &Draft) -> Source {
    Source {
        subject_matter: CAMPAIGN.into(),
        purpose: Purpose::Marketing,
        layout: draft.layout,
        subject: draft.subject.trim().to_owned(),
        preheader: draft.preheader.trim().to_owned(),
        body: draft.body.clone(),
        text: draft.text.clone().filter(|text| !text.trim().is_empty()),
    }
}

/// Whether a campaign fills a variable in: what belongs to one occasion, such as a coupon of one's own, it cannot know.
#[must_use]
pub fn is_filled(name: &str) -> bool {
    ["customer.", "links.", "shop."].iter().any(|group| name.starts_with(group))
}

/// What one writes with.
///
/// # Errors
/// When the database does not answer.
pub async fn desk(ctx: &Context, lang: Lang) -> AppResult<Desk> {
    let settings = ctx.state.settings();
    let variables: Vec<VariableView> =
        variables(CAMPAIGN, lang, ctx.viewer()).into_iter().filter(|variable| is_filled(&variable.name)).collect();
    Ok(Desk {
        variables,
        filters: filters(),
        beginnings: beginnings(ctx, lang).await?,
        codes: codes(ctx).await?,
        languages: LOCALES.iter().map(|(code, name, _)| ((*code).to_owned(), (*name).to_owned())).collect(),
        locale: settings.locale.clone(),
        own_address: ctx.staff.email.clone(),
    })
}

/// The templates for advertising that say nothing of one occasion only.
async fn beginnings(ctx: &Context, lang: Lang) -> AppResult<Vec<Beginning>> {
    let mut all = Vec::new();
    for template in list(ctx.viewer(), lang).await? {
        if template.purpose != Purpose::Marketing || template.retired {
            continue;
        }
        let Some((source, written_in)) = find_source(&ctx.state.db, &template.name, lang.code()).await? else { continue };
        if Template::compile(&Source { subject_matter: CAMPAIGN.into(), ..source }, written_in).is_ok() {
            all.push(Beginning { name: template.name, title: template.title, subject: template.subject, own: template.own });
        }
    }
    Ok(all)
}

/// The promotions that are switched on and not over.
async fn codes(ctx: &Context) -> AppResult<Vec<CodeChoice>> {
    let base = ctx.state.settings().base_currency;
    let now = ctx.state.clock.now();
    let listed = promotions::list(&ctx.state.db, &PromotionQuery::default(), base, CODES).await?;
    let open = listed
        .into_iter()
        .map(|listed| listed.promotion)
        .filter(|promotion| promotion.terms.active && (promotion.terms.ends.0 == 0 || promotion.terms.ends > now));
    Ok(open.map(|promotion| CodeChoice { label: promotion.name, code: promotion.code }).collect())
}

/// What a template says, for a campaign.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn copy(ctx: &Context, name: &str, locale: &str) -> AppResult<Draft> {
    let (source, _) = find_source(&ctx.state.db, name, locale).await?.ok_or(AppError::NotFound)?;
    if source.purpose != Purpose::Marketing {
        return Err(AppError::NotFound);
    }
    Ok(Draft::of(&source))
}

/// What a campaign looks like, in the language of the customer; with samples in the shop's.
///
/// # Errors
/// [`AppError::NotFound`] for a customer who does not exist for this member.
pub async fn preview(ctx: Viewer<'_>, draft: Draft, recipient: Option<CustomerId>) -> AppResult<Shown> {
    let locale = match recipient {
        Some(id) => store::locale(&ctx.state.db, id).await?,
        None => None,
    };
    let lang = by_code(&locale.unwrap_or_else(|| ctx.state.settings().locale.clone()));
    let source = source(&draft);
    let template = match Template::compile(&source, lang) {
        Ok(template) => template,
        Err(errors) => return Ok(Shown { errors, ..Shown::default() }),
    };
    let samples = Catalogue::of(CAMPAIGN).samples(ctx.state.settings().base_currency);
    // Without what no campaign fills in, so that it is missing here as it will be there.
    let mut filled = samples.only("customer.");
    filled.take(samples.only("links."));
    shown(ctx, &source, &template, filled, recipient).await
}

/// What a campaign says, filled with samples; of several subjects the first.
///
/// # Errors
/// [`AppError::NotFound`] for a campaign that is not there for this member.
pub async fn look(ctx: Viewer<'_>, id: CampaignId) -> AppResult<Shown> {
    see(&ctx.state.db, ctx.scope(), id).await?;
    let (_, form) = get_form(&ctx.state.db, id).await?;
    preview(ctx, Draft::of(&form.source()), None).await
}

/// The first of an audience who get the mail. Nobody where the audience does not read.
///
/// # Errors
/// [`AppError::NotFound`] for a campaign that is not there for this member.
pub async fn readers(ctx: &Context, id: CampaignId, audience: &Audience, topic: Topic) -> AppResult<Vec<Recipient>> {
    let scope = see(&ctx.state.db, ctx.scope(), id).await?;
    bounded_audience(audience)?;
    let from = (CustomerId(0), READERS);
    let found = sift::who(&ctx.state, (audience, topic), scope.as_deref(), Some(Fate::GetsIt), from).await?;
    Ok(store::recipients(&ctx.state.db, &found).await?)
}

/// Products that are sold and have these words.
///
/// # Errors
/// When the database does not answer.
pub async fn find_products(ctx: &Context, text: &str) -> AppResult<Vec<ProductChoice>> {
    let found = products::search(&ctx.state.db, truncate(text, LONGEST_SEARCH), None, ctx.scope(), PRODUCTS).await?;
    Ok(found.into_iter().map(|product| choice(ctx, product)).collect())
}

fn choice(ctx: &Context, product: Product) -> ProductChoice {
    let lang = by_code(&ctx.state.settings().locale);
    let Product { name, sku, price, .. } = product;
    ProductChoice { name, sku, price: lang.money(price) }
}

/// The products that a rule comes to today; gift cards are none.
///
/// # Errors
/// When the database does not answer.
pub async fn pick_products(ctx: &Context, rule: ProductRule) -> AppResult<Vec<ProductChoice>> {
    let since = ctx.state.clock.now().plus(-BEST_DAYS * Timestamp::DAY);
    let ids = store::picked(&ctx.state.db, rule, ctx.scope(), since, PICKED).await?;
    let mut found = products::list_by_id(&ctx.state.db, &ids, None).await?;
    found.sort_by_key(|product| ids.iter().position(|id| *id == product.id));
    Ok(found.into_iter().map(|product| choice(ctx, product)).collect())
}
