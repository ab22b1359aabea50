//! Making, listing and revoking keys.

use super::store::{self, KeyRow, NewKey};
use super::{ApiKey, Scope};
use crate::base::{ApiKeyId, AppError, AppResult, Timestamp};
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::settings::zone::Zone;
use crate::server::{Context, Db, DbResult, Query, keys};

/// What every key begins with, so that a leaked one is recognised for what it is.
const PREFIX: &str = "clientele_";

/// Longer names say no more.
const LONGEST_NAME: usize = 80;

/// A program that asks, by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    pub id: ApiKeyId,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub revoked: bool,
    last_used: Timestamp,
}

/// A key's last use is written so often: it is read by people.
const NOTED_EVERY: i64 = Timestamp::MINUTE;

/// Whose key this is, if it is one.
///
/// # Errors
/// When the database does not answer.
pub async fn find(q: &impl Query, key: &str) -> DbResult<Option<Program>> {
    if !key.starts_with(PREFIX) {
        return Ok(None);
    }
    let row = store::find(q, keys::token_hash(key)).await?;
    Ok(row.map(|(id, name, scopes, last_used, revoked)| Program {
        id: ApiKeyId(id),
        name,
        scopes: read_scopes(&scopes),
        revoked: revoked.is_some(),
        last_used: Timestamp(last_used),
    }))
}

/// Notes that a key is in use. That it cannot be noted keeps nobody from using it.
pub async fn note_use(db: &Db, program: &Program, now: Timestamp) {
    let before = now.plus(-NOTED_EVERY);
    if program.last_used > before {
        return;
    }
    let noted = async {
        let tx = db.begin().await?;
        store::note_use(&tx, program.id, before, now).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the use of a key could not be noted");
    }
}

/// A scope of a newer version says nothing to this one.
fn read_scopes(codes: &str) -> Vec<Scope> {
    codes.split(' ').filter_map(Scope::parse).collect()
}

/// Makes a key; yields it, this once.
///
/// # Errors
/// [`AppError::Invalid`] on `name` or `scope`.
pub async fn create(db: &Db, actor: &Actor, name: &str, scopes: &[Scope]) -> AppResult<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(AppError::invalid("name", "apikeys.name_invalid"));
    }
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(AppError::invalid("scope", "apikeys.scope_needed"));
    }
    let (token, _) = keys::new_token();
    let key = format!("{PREFIX}{token}");
    let new = NewKey {
        name,
        hash: keys::token_hash(&key),
        last_four: key.get(key.len() - 4..).unwrap_or_default(),
        scopes: &scopes,
        by: actor.staff,
    };
    let tx = db.begin().await?;
    let id = store::insert(&tx, new, actor.at).await?;
    let codes = scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(", ");
    let changes: Vec<Change> = [Change::of("name", "", name), Change::of("scopes", "", codes)].into_iter().flatten().collect();
    let entry = Entry { action: "api_key.created", entity: "api_key", entity_id: id.0, customer: None, changes: &changes };
    record(&tx, actor, entry).await?;
    tx.commit().await?;
    Ok(key)
}

/// Every key.
///
/// # Errors
/// When the database does not answer.
pub async fn list(ctx: &Context) -> AppResult<Vec<ApiKey>> {
    let zone = ctx.state.zone();
    Ok(store::list(&ctx.state.db).await?.into_iter().map(|row| view(row, zone)).collect())
}

fn view(row: KeyRow, zone: Zone) -> ApiKey {
    ApiKey {
        id: ApiKeyId(row.id),
        name: row.name,
        last_four: row.last_four,
        scopes: read_scopes(&row.scopes),
        created: zone.moment(Timestamp(row.created_at)),
        created_by: row.created_by,
        last_used: zone.moment_or_never(row.last_used_at),
        revoked: row.revoked_at.map(|at| zone.moment(Timestamp(at))),
    }
}

/// Ends a key for good.
///
/// # Errors
/// [`AppError::NotFound`] where there is none that holds.
pub async fn revoke(ctx: &Context, id: ApiKeyId) -> AppResult<()> {
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    if !store::revoke(&tx, id, actor.at).await? {
        return Err(AppError::NotFound);
    }
    let entry = Entry { action: "api_key.revoked", entity: "api_key", entity_id: id.0, customer: None, changes: &[] };
    record(&tx, &actor, entry).await?;
    tx.commit().await?;
    Ok(())
}
