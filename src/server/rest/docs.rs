//! The page that people read: the same description as `/api/openapi.json`, as plain HTML with a style of its own. It needs no
//! script and no other host.

use super::openapi::page_name;
use super::operation::Operation;
use super::problem::TYPES;
use super::{BODY_MAX, VERSION};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::sync::OnceLock;

const STYLE: &str = include_str!("docs.css");
/// Nothing but its own style.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/// `GET /api/docs`.
pub fn page(operations: &[Operation]) -> Response {
    static PAGE: OnceLock<String> = OnceLock::new();
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, PAGE.get_or_init(|| html(operations)).as_str()).into_response()
}

/// `GET /api/docs.css`.
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")], STYLE).into_response()
}

fn html(operations: &[Operation]) -> String {
    let document = super::document(operations);
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let (mut contents, mut chapters) = (String::new(), String::new());
    let mut room = "";
    for operation in operations {
        if operation.room() != room {
            room = operation.room();
            let id = anchor(room);
            let _ = write!(contents, "<h2><a href=\"#{id}\">{room}</a></h2>");
            let _ = write!(chapters, "<h2 id=\"{id}\">{room}</h2>");
        }
        let (name, method) = (operation.name, operation.method.as_str());
        let _ = write!(
            contents,
            "<a href=\"#{name}\"><b class=\"{method}\">{method}</b> <span>{}</span></a>",
            escape(operation.summary)
        );
        chapters.push_str(&chapter(operation, &schemas));
    }
    include_str!("docs.html")
        .replace("{version}", VERSION)
        .replace("{limit}", &(BODY_MAX / 1024 / 1024).to_string())
        .replace("{contents}", &contents)
        .replace("{chapters}", &chapters)
        .replace("{problems}", &problems())
        .replace("{schemas}", &all_schemas(&schemas))
}

fn chapter(operation: &Operation, schemas: &Map<String, Value>) -> String {
    let (method, path) = (operation.method.as_str(), operation.path);
    let mut out = format!(
        "<section id=\"{}\"><h3>{}</h3><p class=\"line\"><b class=\"{method}\">{method}</b> <code>/api{}</code> <i>{}</i></p>",
        operation.name,
        escape(operation.summary),
        marked(path),
        operation.scope.code()
    );
    if !operation.about.is_empty() {
        let _ = write!(out, "<p>{}</p>", prose(operation.about));
    }
    if !operation.query.is_empty() {
        out.push_str("<h4>Query</h4><dl>");
        for param in operation.query {
            let _ = write!(out, "<dt><code>{}</code> <small>{}</small></dt>", param.name, escape(&kind(&param.kind.schema())));
            let _ = write!(out, "<dd>{}</dd>", prose(param.about));
        }
        out.push_str("</dl>");
    }
    if let Some(shape) = operation.takes {
        let _ = write!(out, "<h4>Body</h4>{}", fields(&(shape.name)(), schemas));
    }
    let _ = write!(out, "<h4>Answer <small>{}</small></h4>", operation.status);
    let given = match (operation.lists, operation.gives) {
        (Some(item), _) => fields(&page_name(item), schemas),
        (None, Some(shape)) => fields(&(shape.name)(), schemas),
        (None, None) => "<p>Nothing.</p>".to_owned(),
    };
    out.push_str(&given);
    out.push_str("</section>");
    out
}

/// The fields of a body, or where they are described.
fn fields(name: &str, schemas: &Map<String, Value>) -> String {
    let Some(schema) = schemas.get(name) else { return String::new() };
    format!("<details><summary>{}</summary>{}</details>", escape(name), table(schema))
}

fn all_schemas(schemas: &Map<String, Value>) -> String {
    schemas.iter().fold(String::new(), |mut out, (name, schema)| {
        let _ = write!(out, "<section id=\"schema-{0}\"><h3>{0}</h3>", escape(name));
        if let Some(about) = schema["description"].as_str() {
            let _ = write!(out, "<p>{}</p>", prose(about));
        }
        out.push_str(&table(schema));
        out.push_str("</section>");
        out
    })
}

fn table(schema: &Value) -> String {
    let Some(properties) = schema["properties"].as_object() else { return format!("<p>{}</p>", kind(schema)) };
    let needed: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut out = String::from("<dl>");
    for (name, property) in properties {
        let mark = if needed.contains(&name.as_str()) { " <em>always</em>" } else { "" };
        let _ = write!(out, "<dt><code>{}</code> <small>{}</small>{mark}</dt>", escape(name), kind(property));
        let _ = write!(out, "<dd>{}</dd>", prose(property["description"].as_str().unwrap_or_default()));
    }
    out.push_str("</dl>");
    out
}

/// What a value is, in a few words; schemas with names are links.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escape(name));
    }
    if let Some(either) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return either.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(choices) = schema["enum"].as_array() {
        return choices.iter().map(|choice| escape(choice.as_str().unwrap_or("null"))).collect::<Vec<_>>().join(" · ");
    }
    if schema["items"].is_object() {
        return format!("list of {}", kind(&schema["items"]));
    }
    let types = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "anything".into(),
    };
    match schema["format"].as_str().filter(|format| !format.starts_with("int")) {
        Some(format) => format!("{types}, {}", escape(format)),
        None => types,
    }
}

fn problems() -> String {
    TYPES.iter().fold(String::new(), |mut out, kind| {
        let _ = write!(
            out,
            "<section id=\"problem-{}\"><h3>{} {}</h3><p>{}</p></section>",
            kind.name,
            kind.status,
            kind.title,
            prose(kind.about)
        );
        out
    })
}

/// The names in a path, set apart.
fn marked(path: &str) -> String {
    escape(path).replace('{', "<var>{").replace('}', "}</var>")
}

/// Text with `code`.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) }).collect()
}

fn anchor(text: &str) -> String {
    text.to_ascii_lowercase().replace(' ', "-")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
