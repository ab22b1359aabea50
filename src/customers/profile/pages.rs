//! The forms of the profile that work without scripts.

use super::{NewCustomer, SAME_PHONE, service};
use crate::base::query::QueryWriter;
use crate::base::{AppError, AppResult, CustomerId, GroupId};
use crate::office::staff::{Right, sessions::Session};
use crate::server::AppState;
use crate::server::context::{ClientIp, Context};
use crate::server::outage::unavailable;
use axum::Extension;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// The form as browsers send it: a field that is missing is an empty one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AddForm {
    first_name: String,
    last_name: String,
    company: String,
    email: String,
    phone: String,
    group: String,
    tags: String,
    /// Not empty when the same phone was pointed out before.
    anyway: String,
}

/// `POST /customers/new`: to the new profile, or back to the form with what was typed and what is wrong with it.
pub async fn add_customer(
    State(state): State<AppState>,
    Extension(session): Extension<Session>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
    Form(form): Form<AddForm>,
) -> Response {
    let ctx = Context { state, staff: session.staff, session: session.id, ip: ip.0 };
    match add(&ctx, &form).await {
        Ok(id) => Redirect::to(&format!("/customers/{id}")).into_response(),
        Err(AppError::Unavailable) => unavailable(&Method::POST, "", &headers),
        Err(error) => back(&form, &error),
    }
}

async fn add(ctx: &Context, form: &AddForm) -> AppResult<CustomerId> {
    if !ctx.staff.has(Right::EditCustomers) {
        return Err(AppError::Forbidden);
    }
    let new = NewCustomer {
        first_name: form.first_name.clone(),
        last_name: form.last_name.clone(),
        company: form.company.clone(),
        email: form.email.clone(),
        phone: form.phone.clone(),
        group: form.group.parse::<GroupId>().ok(),
        tags: form.tags.clone(),
    };
    if form.anyway.is_empty() {
        let same = service::find_duplicates(&ctx.state.db, ctx.scope(), &new.email, &new.phone, None).await?;
        // The same email is refused anyway.
        if same.iter().any(|duplicate| !duplicate.same_email) {
            return Err(AppError::invalid("phone", SAME_PHONE));
        }
    }
    let locale = ctx.state.settings().locale.clone();
    let tx = ctx.state.db.begin().await?;
    let id = service::add(&tx, ctx.scope(), &ctx.actor(), &new, &locale, ctx.state.zone()).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(id)
}

fn back(form: &AddForm, error: &AppError) -> Response {
    let field = if let AppError::Invalid { field, .. } = error { field.as_str() } else { "" };
    let mut query = QueryWriter::default();
    for (name, value) in [
        ("error", error.message_key()),
        ("field", field),
        ("first_name", &form.first_name),
        ("last_name", &form.last_name),
        ("company", &form.company),
        ("email", &form.email),
        ("phone", &form.phone),
        ("group", &form.group),
        ("tags", &form.tags),
    ] {
        query.push(name, value);
    }
    Redirect::to(&format!("/customers/new?{}", query.finish())).into_response()
}
