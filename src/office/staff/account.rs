//! Logging in, the first owner, accepting an invitation: the use cases that end in a session.

use super::{Role, password, sessions, store, throttle};
use crate::args;
use crate::base::{AppError, AppResult, StaffId, Timestamp};
use crate::office::audit::store::{Actor, Entry, record};
use crate::server::{AppState, Query, Tx, db::dialect, keys};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// From where somebody comes.
#[derive(Clone, Debug)]
pub struct Origin {
    pub ip: String,
    pub user_agent: String,
}

/// Checks email and password and opens a session; yields the cookie's token.
///
/// # Errors
/// [`AppError::RateLimited`] after too many failures; [`AppError::Invalid`] on `password` when they do not fit, in the same
/// words and time whether the account exists or not.
pub async fn log_in(state: &AppState, email: &str, password: &str, origin: &Origin) -> AppResult<String> {
    let now = state.clock.now();
    let account = store::find_credentials(&state.db, email).await?;
    let email = email.trim().to_lowercase();
    // Where somebody logged in before, their tries are counted apart: a stranger who guesses does not lock them out.
    let known = match &account {
        Some(account) => sessions::has_come_from(&state.db, StaffId(account.id), &origin.ip).await?,
        None => false,
    };
    let email_key = state.keys.throttle_hash(&if known { format!("{email} {}", origin.ip) } else { email });
    let address_key = state.keys.throttle_hash(&origin.ip);
    let tx = state.db.begin().await?;
    throttle::attempt(&tx, &address_key, throttle::FREE_PER_ADDRESS, now).await?;
    throttle::attempt(&tx, &email_key, throttle::FREE_PER_EMAIL, now).await?;
    tx.commit().await?;
    let hash = account.as_ref().and_then(|a| a.password_hash.clone());
    let right = verify_elsewhere(password.to_owned(), hash).await;
    let Some(account) = account.filter(|a| right && a.active) else {
        return Err(AppError::invalid("password", "login.wrong"));
    };
    let tx = state.db.begin().await?;
    throttle::clear(&tx, &email_key).await?;
    throttle::forgive(&tx, &address_key).await?;
    let token = enter(&tx, StaffId(account.id), "staff.logged_in", origin, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// Argon2id takes 19 MiB and a processor for some 50 ms: as many at once as there are processors, however many ask.
static HASHING: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));

/// Checks a password off the async threads.
pub async fn verify_elsewhere(password: String, hash: Option<String>) -> bool {
    let _turn = HASHING.acquire().await;
    tokio::task::spawn_blocking(move || password::verify(&password, hash.as_deref())).await.unwrap_or(false)
}

/// Hashes a password off the async threads.
///
/// # Errors
/// Only when the system yields no randomness.
pub async fn hash_elsewhere(password: String) -> AppResult<String> {
    let _turn = HASHING.acquire().await;
    let hashed = tokio::task::spawn_blocking(move || password::hash(&password)).await;
    hashed.map_err(|e| crate::server::internal(&e))?.map_err(|e| crate::server::internal(&e))
}

/// Opens a session and writes it in the audit log.
async fn enter(tx: &Tx, staff: StaffId, action: &str, origin: &Origin, now: Timestamp) -> AppResult<String> {
    let token = sessions::open(tx, staff, &origin.ip, &origin.user_agent, now).await?;
    let actor = Actor { staff: Some(staff), session: None, program: None, ip: origin.ip.clone(), at: now };
    record(tx, &actor, Entry { action, entity: "staff", entity_id: staff.0, customer: None, changes: &[] }).await?;
    Ok(token)
}

/// The advisory lock under which the first owner is made, so that two first runs make one.
const FIRST_OWNER_LOCK: i64 = 0x0001;

/// Makes the first owner, only while there is no staff at all.
///
/// # Errors
/// [`AppError::Forbidden`] when somebody works here already; [`AppError::Invalid`] on `name`, `email` or `password`.
pub async fn create_first_owner(state: &AppState, name: &str, email: &str, password: &str) -> AppResult<StaffId> {
    check_person(name, email)?;
    password::check(password, email)?;
    // Before the costly hash; what counts is asked again under the lock.
    if !store::is_empty(&state.db).await? {
        return Err(AppError::Forbidden);
    }
    let hash = hash_elsewhere(password.to_owned()).await?;
    let now = state.clock.now();
    let tx = state.db.begin().await?;
    dialect::advisory_lock(&tx, FIRST_OWNER_LOCK).await?;
    if !store::is_empty(&tx).await? {
        return Err(AppError::Forbidden);
    }
    let new = store::NewStaff { email, name, role: Role::Owner, password_hash: Some(&hash), branches: None };
    let id = store::insert(&tx, new, now).await?;
    let entry = Entry { action: "staff.owner_created", entity: "staff", entity_id: id.0, customer: None, changes: &[] };
    record(&tx, &Actor::system(now), entry).await?;
    tx.commit().await?;
    Ok(id)
}

/// A name and a plausible email.
///
/// # Errors
/// [`AppError::Invalid`] on `name` or `email`.
pub fn check_person(name: &str, email: &str) -> AppResult<()> {
    if name.trim().is_empty() || name.chars().count() > 100 {
        return Err(AppError::invalid("name", "staff.name_needed"));
    }
    let plausible = email.trim().split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !email.trim().contains(char::is_whitespace) && email.len() <= 254
    });
    if plausible { Ok(()) } else { Err(AppError::invalid("email", "staff.email_invalid")) }
}

/// Who a link of invitation is for; `None` when it is spent, expired or none of ours.
///
/// # Errors
/// When the database does not answer.
pub async fn find_invited(q: &impl Query, token: &str, now: Timestamp) -> AppResult<Option<(StaffId, String, String)>> {
    let row: Option<(i64, String, String)> = q
        .optional(
            "SELECT m.id, m.name, m.email FROM staff_invites i JOIN staff m ON m.id = i.staff_id
             WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.expires_at > $2 AND m.active",
            args![keys::token_hash(token), now],
        )
        .await?;
    Ok(row.map(|(id, name, email)| (StaffId(id), name, email)))
}

/// Accepts an invitation: sets the first password and opens a session.
///
/// # Errors
/// [`AppError::NotFound`] when the link is spent, expired or none of ours; [`AppError::Invalid`] on `password`.
pub async fn accept_invite(state: &AppState, token: &str, password: &str, origin: &Origin) -> AppResult<String> {
    let now = state.clock.now();
    let Some((_, _, email)) = find_invited(&state.db, token, now).await? else { return Err(AppError::NotFound) };
    password::check(password, &email)?;
    let hash = hash_elsewhere(password.to_owned()).await?;
    let tx = state.db.begin().await?;
    let spent = tx
        .execute(
            "UPDATE staff_invites SET accepted_at = $2 WHERE token_hash = $1 AND accepted_at IS NULL AND expires_at > $2",
            args![keys::token_hash(token), now],
        )
        .await?;
    let staff: Option<(i64,)> =
        tx.optional("SELECT staff_id FROM staff_invites WHERE token_hash = $1", args![keys::token_hash(token)]).await?;
    let Some((staff,)) = staff.filter(|_| spent == 1) else { return Err(AppError::NotFound) };
    store::set_password(&tx, StaffId(staff), &hash, now).await?;
    let session = enter(&tx, StaffId(staff), "staff.invite_accepted", origin, now).await?;
    tx.commit().await?;
    Ok(session)
}
