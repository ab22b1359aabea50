//! The whole program without a socket: requests go straight into its router.

use super::NOW;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use clientele::args;
use clientele::base::{BranchId, StaffId};
use clientele::office::apikeys::{self, Scope};
use clientele::office::audit::store::Actor;
use clientele::office::staff::store::NewStaff;
use clientele::office::staff::{Role, password, sessions, store};
use clientele::server::config::{Config, Options};
use clientele::server::keys::{Keys, token_hash};
use clientele::server::{AppState, Clock, Context, Db, Query, router::router};
use http_body_util::BodyExt;
use leptos::config::LeptosOptions;
use serde_json::Value;
use tower::ServiceExt;

/// The password of every member that [`TestApp::member`] makes.
pub const PASSWORD: &str = "correct horse battery";

/// A program at [`NOW`], on a clock that stands still until it is moved.
pub struct TestApp {
    pub state: AppState,
    router: Router,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Where it redirects to.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The cookie that it sets, as a `Cookie` header says it.
    pub fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

impl TestApp {
    pub async fn new(db: &Db) -> Self {
        // Tests ask faster than any program.
        Self::with(db, &Options { api_rate: Some(0), ..Options::default() }).await
    }

    pub async fn with(db: &Db, options: &Options) -> Self {
        let config = Config::load(options).expect("a configuration");
        let leptos = LeptosOptions::builder().output_name("clientele").build();
        let state = AppState::new(db.clone(), Clock::fixed(NOW), config, Keys::derive(&[7; 32]), leptos).await.expect("a state");
        Self { router: router(state.clone()), state }
    }

    /// A member of this role, who can log in as `{role}@staff.example` with [`PASSWORD`].
    pub async fn member(&self, role: Role, branches: Option<&[BranchId]>) -> StaffId {
        let email = format!("{}@staff.example", role.code());
        let hash = password::hash(PASSWORD).expect("a hash");
        let tx = self.state.db.begin().await.expect("a transaction");
        let new = NewStaff { email: &email, name: role.code(), role, password_hash: Some(&hash), branches };
        let id = store::insert(&tx, new, NOW).await.expect("a member");
        tx.commit().await.expect("a commit");
        id
    }

    /// Opens a session as the login would; yields its token.
    async fn token(&self, staff: StaffId) -> String {
        let tx = self.state.db.begin().await.expect("a transaction");
        let token = sessions::open(&tx, staff, "192.0.2.1", "test", self.state.clock.now()).await.expect("a session");
        tx.commit().await.expect("a commit");
        token
    }

    /// The `Cookie` header of a new session.
    pub async fn cookie_of(&self, staff: StaffId) -> String {
        format!("clientele_session={}", self.token(staff).await)
    }

    /// A new member of this role, logged in: their `Cookie` header.
    pub async fn log_in(&self, role: Role) -> String {
        self.cookie_of(self.member(role, None).await).await
    }

    /// What a server function gets after authorising this member.
    pub async fn context(&self, staff: StaffId) -> Context {
        let token = self.token(staff).await;
        let session =
            sessions::find(&self.state.db, &token, self.state.clock.now()).await.expect("an answer").expect("a session");
        Context { state: self.state.clone(), staff: session.staff, session: session.id, ip: "192.0.2.1".into() }
    }

    /// Ends the session of a `Cookie` header behind its owner's back.
    pub async fn expire(&self, cookie: &str) {
        let token = cookie.split_once('=').map_or(cookie, |(_, token)| token);
        let tx = self.state.db.begin().await.expect("a transaction");
        tx.execute("UPDATE sessions SET expires_at = 0 WHERE token_hash = $1", args![token_hash(token)])
            .await
            .expect("an update");
        tx.commit().await.expect("a commit");
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// A key of the REST API with these scopes.
    pub async fn key(&self, scopes: &[Scope]) -> String {
        let actor = Actor::system(self.state.clock.now());
        apikeys::service::create(&self.state.db, &actor, "Shop front", scopes).await.expect("a key")
    }

    /// Asks the REST API; a body is sent as JSON. `key` may be empty: none is sent.
    pub async fn api(&self, method: &str, path: &str, key: &str, body: Option<Value>) -> Answer {
        self.api_with(method, path, key, body, &[]).await
    }

    /// As [`TestApp::api`], with more headers.
    pub async fn api_with(&self, method: &str, path: &str, key: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "shop.example");
        if !key.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).expect("a request")).await
    }

    /// As a browser that follows a link. `cookie` may be empty: nobody is logged in.
    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        let request = request(Method::GET, path, cookie).header(header::ACCEPT, "text/html,*/*;q=0.8");
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    pub async fn post_form(&self, path: &str, cookie: &str, form: &str) -> Answer {
        let request = request(Method::POST, path, cookie).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).expect("a request")).await
    }

    /// Calls the server function at `path` (`/fn/…`) as the browser does.
    pub async fn call(&self, path: &str, cookie: &str, json: &str) -> Answer {
        let request = request(Method::POST, path, cookie)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json");
        self.send(request.body(Body::from(json.to_owned())).expect("a request")).await
    }
}

fn request(method: Method, path: &str, cookie: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "shop.example");
    if cookie.is_empty() { request } else { request.header(header::COOKIE, cookie) }
}

/// Everything that a list of ids yields in one column, for comparing.
pub async fn numbers(db: &Db, sql: &str, args: clientele::server::Args) -> Vec<i64> {
    let rows: Vec<(i64,)> = db.all(sql, args).await.expect("rows");
    rows.into_iter().map(|(number,)| number).collect()
}

/// Status, code and field of a problem.
pub fn told(answer: &Answer) -> (u16, String, String) {
    let problem = answer.json();
    let text = |field: &str| problem[field].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), text("code"), text("field"))
}

/// What [`told`] is to be.
pub fn refusal(status: u16, code: &str, field: &str) -> (u16, String, String) {
    (status, code.to_owned(), field.to_owned())
}

/// A campaign that is a draft; its address.
pub async fn drafted(app: &TestApp, key: &str, campaign: serde_json::Value) -> String {
    let made = app.api("POST", "/api/campaigns", key, Some(campaign)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.header("location").to_owned()
}
