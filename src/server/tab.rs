//! The script that keeps a tab alive over an upgrade, an ended session and a database that is gone (`tab.js`), and its texts.

use crate::app::Session;
use crate::base::i18n::Lang;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::OnceLock;

pub(super) const SCRIPT: &str = include_str!("tab.js");

/// Where browsers find it: under its hash, so that they may keep it for ever.
#[must_use]
pub fn path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| {
        let hash: String = Sha256::digest(SCRIPT)[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("/scripts/tab-{hash}.js")
    })
}

/// `GET /scripts/{file}`.
pub async fn script(Path(file): Path<String>) -> Response {
    if path().strip_prefix("/scripts/") == Some(file.as_str()) {
        ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

/// What the script needs to know, and what it says, as JSON: it runs before and without the program that has the other texts.
#[must_use]
pub fn known(l: Lang, session: &Session) -> String {
    let texts = [
        ("stale", l.t("tab.stale")),
        ("reload", l.t("tab.reload")),
        ("later", l.t("tab.later")),
        ("restored", l.t("tab.restored")),
        ("dismiss", l.t("ui.dismiss")),
        ("waiting", l.t("tab.waiting")),
        ("discard", l.t("tab.discard")),
        ("away", l.t("tab.away")),
        ("now", l.t("tab.now")),
        ("stop", l.t("tab.stop")),
    ];
    let texts: BTreeMap<_, _> = texts.into();
    json!({ "build": session.build, "staff": session.staff.as_ref().map(|staff| staff.id), "texts": texts }).to_string()
}
