//! The description of the API (OpenAPI 3.1), made from the operations: what is not enforced is not in it, and nothing that is
//! there has to be said twice.

use super::VERSION;
use super::operation::{Operation, Shape};
use super::problem::{ProblemBody, ProblemType, TYPES};
use crate::office::apikeys::Scope;
use axum::http::Method;
use serde_json::{Map, Value, json};
use std::sync::OnceLock;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// What stands at its beginning.
const ABOUT: &str = "Customers, orders and money of a shop, for its other programs. \
    Send a key as `Authorization: Bearer clientele_…`; a key is made with `clientele api-key create`, and has scopes. \
    Every error is `application/problem+json`. Requests that change something take an `Idempotency-Key`: sent again under the \
    same key within 24 hours they are done once, and answered as the first time, with `Idempotency-Replayed: true`.";

/// The whole document.
#[must_use]
pub fn document(operations: &[Operation]) -> Value {
    let mut schemas: Map<String, Value> = Map::new();
    let mut paths: Map<String, Value> = Map::new();
    add(&mut schemas, Shape::of::<ProblemBody>());
    for operation in operations {
        [operation.takes, operation.gives, operation.lists].into_iter().flatten().for_each(|shape| add(&mut schemas, shape));
        if let Some(item) = operation.lists {
            schemas.insert(page_name(item), page(item));
        }
        let path = paths.entry(format!("/api{}", operation.path)).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_ascii_lowercase()] = describe(operation);
    }
    let mut rooms: Vec<&str> = operations.iter().map(Operation::room).collect();
    rooms.dedup();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Clientele",
            "version": VERSION,
            "summary": "The customer back office of an online shop",
            "description": ABOUT,
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/" }],
        "tags": rooms.into_iter().map(|room| json!({ "name": room })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": TYPES.iter().map(|kind| (response_name(kind), problem(kind))).collect::<Map<_, _>>(),
            "parameters": { "idempotency_key": idempotency_key(), "if_match": if_match(), "if_none_match": if_none_match() },
            "headers": headers(),
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer", "description": "A key of a program. Scopes: ".to_owned()
                + &Scope::ALL.map(Scope::code).join(", ") + "." } },
        },
    })
}

/// The document as it is sent.
#[must_use]
pub fn text(operations: &[Operation]) -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| document(operations).to_string())
}

/// Adds a schema and those that it is made of.
fn add(schemas: &mut Map<String, Value>, shape: Shape) {
    let mut parts: Vec<(String, RefOr<Schema>)> = vec![((shape.name)().into_owned(), (shape.schema)())];
    (shape.parts)(&mut parts);
    for (name, schema) in parts {
        schemas.entry(name).or_insert_with(|| serde_json::to_value(schema).unwrap_or_default());
    }
}

/// The name of the schema of a page of these.
#[must_use]
pub fn page_name(item: Shape) -> String {
    format!("{}Page", (item.name)())
}

/// A page of these, as [`super::PageOf`] is written.
fn page(item: Shape) -> Value {
    let link = |about: &str| json!({ "type": ["string", "null"], "description": about });
    json!({
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": { "type": "array", "items": reference(item) },
            "total": {
                "type": ["integer", "null"], "minimum": 0,
                "description": "How many there are on all pages; null where counting would cost more than the page",
            },
            "next": link("The address of the next page; null on the last one"),
            "previous": link("The address of the page before; null on the first one"),
        },
    })
}

fn reference(shape: Shape) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", (shape.name)()) })
}

fn describe(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.room()],
        "parameters": parameters(operation),
        "security": [{ "key": [operation.scope.code()] }],
        "responses": responses(operation),
    });
    let scope = format!("Scope: `{}`.", operation.scope.code());
    let about = [operation.about, &scope].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    described["description"] = about.into();
    if let Some(shape) = operation.takes {
        let mut content = json!({ "application/json": { "schema": reference(shape) } });
        if operation.method == Method::PATCH {
            content = json!({
                "application/merge-patch+json": { "schema": { "type": "object" } },
                "application/json": { "schema": { "type": "object" } },
            });
        }
        described["requestBody"] = json!({ "required": true, "content": content });
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let of_path = operation.path_names().map(|name| {
        let schema = if operation.texts.contains(&name) {
            json!({ "type": "string", "minLength": 1 })
        } else {
            json!({ "type": "integer", "format": "int64", "minimum": 1 })
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let of_query = operation
        .query
        .iter()
        .map(|param| json!({ "name": param.name, "in": "query", "description": param.about, "schema": param.kind.schema() }));
    let mut all: Vec<Value> = of_path.chain(of_query).collect();
    let mut refer = |name: &str| all.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
    if operation.writes() {
        refer("idempotency_key");
    }
    match (operation.tagged, operation.writes()) {
        (true, true) => refer("if_match"),
        (true, false) => refer("if_none_match"),
        _ => {}
    }
    all
}

fn responses(operation: &Operation) -> Map<String, Value> {
    let mut headers: Map<String, Value> = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Clientele-Version"]
        .into_iter()
        .map(header_reference)
        .collect();
    if operation.tagged && operation.status != 204 {
        headers.extend([header_reference("ETag")]);
    }
    if operation.writes() {
        headers.extend([header_reference("Idempotency-Replayed")]);
    }
    if operation.status == 201 {
        headers.extend([header_reference("Location")]);
    }
    let mut success = json!({ "description": success_text(operation.status), "headers": headers });
    let given = match operation.lists {
        Some(item) => Some(json!({ "$ref": format!("#/components/schemas/{}", page_name(item)) })),
        None => operation.gives.map(reference),
    };
    if let Some(schema) = given {
        success["content"] = json!({ "application/json": { "schema": schema } });
    }
    let mut all = Map::from_iter([(operation.status.to_string(), success)]);
    if operation.tagged && !operation.writes() {
        all.insert("304".into(), json!({ "description": "It is as the asker has it (`If-None-Match`)" }));
    }
    // Two types share 422.
    for kind in TYPES.iter().filter(|kind| may_answer(operation, kind.status)) {
        all.entry(kind.status.to_string())
            .or_insert_with(|| json!({ "$ref": format!("#/components/responses/{}", response_name(kind)) }));
    }
    all
}

fn success_text(status: u16) -> &'static str {
    match status {
        201 => "Made",
        204 => "Done",
        _ => "What was asked for",
    }
}

/// Which problems an operation can answer with.
fn may_answer(operation: &Operation, status: u16) -> bool {
    match status {
        404 => operation.path.contains('{') || operation.takes.is_some(),
        405 => false,
        409 => operation.writes() || operation.may_conflict,
        412 => operation.tagged && operation.writes(),
        413 => true,
        415 => operation.takes.is_some(),
        422 => operation.takes.is_some() || operation.writes(),
        _ => true,
    }
}

fn response_name(kind: &ProblemType) -> String {
    kind.name.replace('-', "_")
}

fn problem(kind: &ProblemType) -> Value {
    let mut answer = json!({
        "description": format!("{}. {}", kind.title, kind.about),
        "content": { "application/problem+json": { "schema": reference(Shape::of::<ProblemBody>()) } },
    });
    if [429, 503].contains(&kind.status) {
        answer["headers"] = Map::from_iter([header_reference("Retry-After")]).into();
    }
    answer
}

fn header_reference(name: &str) -> (String, Value) {
    (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))
}

fn headers() -> Value {
    let header = |about: &str, schema: Value| json!({ "description": about, "schema": schema });
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "integer", "minimum": 0 }));
    json!({
        "RateLimit-Limit": header("Requests a minute that the key may make", number.clone()),
        "RateLimit-Remaining": header("Requests that would be answered now", number.clone()),
        "RateLimit-Reset": header("Seconds until all of them are there again", number.clone()),
        "Retry-After": header("Seconds after which asking again makes sense", number),
        "Clientele-Version": header("The version of the API that answered", text.clone()),
        "ETag": header("Tells this version of what was read from others", text.clone()),
        "Location": header("The address of what was made", text.clone()),
        "Idempotency-Replayed": header("`true`: this answer was given before, nothing was done now", text),
    })
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "A text of your own, a UUID for one, that is the same when the request is sent again: it is done once",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
    })
}

fn if_match() -> Value {
    json!({
        "name": "If-Match", "in": "header", "required": false,
        "description": "The `ETag` of what you read: refused (412) where somebody else changed it since",
        "schema": { "type": "string" },
    })
}

fn if_none_match() -> Value {
    json!({
        "name": "If-None-Match", "in": "header", "required": false,
        "description": "The `ETag` of what you have: 304 where it is still that",
        "schema": { "type": "string" },
    })
}
