//! What templates are filled with: the shop, the customer, and what the mail tells of.

use super::store::Claimed;
use crate::args;
use crate::base::i18n::Lang;
use crate::base::{AppResult, Currency, CustomerId, Day, Money, Timestamp};
use crate::customers::name::display_name;
use crate::messages::templates::{Value, Variables};
use crate::server::{AppState, Query};
use serde_json::Value as Json;

/// What every mail has. `unsubscribe` is the address that ends advertising; empty where the mail is none.
///
/// # Errors
/// When the database does not answer.
pub async fn everywhere(state: &AppState, customer: Option<CustomerId>, to: &str, unsubscribe: &str) -> AppResult<Variables> {
    let settings = state.settings();
    let mut variables = Variables::new().with("shop.name", settings.name.as_str()).with("customer.email", to);
    if !settings.invoice.address.trim().is_empty() {
        let lines = [settings.invoice.company.trim(), settings.invoice.address.trim()];
        let lines: Vec<&str> =
            lines.iter().flat_map(|part| part.lines()).map(str::trim).filter(|line| !line.is_empty()).collect();
        variables.set("shop.address", lines.join(", "));
    }
    if !unsubscribe.is_empty() {
        variables.set("links.unsubscribe", Value::Url(unsubscribe.to_owned()));
        variables.set("links.preferences", Value::Url(unsubscribe.to_owned()));
    }
    let Some(customer) = customer else { return Ok(variables) };
    let row: Option<Row> = state
        .db
        .optional(
            "SELECT c.first_name, c.last_name, c.company, c.email, c.registered_day, s.orders_count, s.spent_minor, s.last_order_day,
               s.last_order_at, s.credit_minor, s.points FROM customers c JOIN customer_stats s ON s.customer_id = c.id WHERE c.id = $1",
            args![customer],
        )
        .await?;
    let Some(row) = row else { return Ok(variables) };
    let base = |minor| Money::new(minor, settings.base_currency);
    variables.set("customer.name", display_name(&row.first_name, &row.last_name, &row.company, ""));
    variables.set("customer.first_name", row.first_name);
    variables.set("customer.last_name", row.last_name);
    variables.set("customer.orders", row.orders_count);
    variables.set("customer.points", row.points);
    variables.set("customer.since", day(row.registered_day));
    variables.set("customer.total_spent", base(row.spent_minor));
    if row.credit_minor > 0 {
        variables.set("customer.credit", base(row.credit_minor));
    }
    if row.last_order_at > 0 {
        variables.set("customer.lastorder", day(row.last_order_day));
    }
    Ok(variables)
}

#[derive(sqlx::FromRow)]
struct Row {
    first_name: String,
    last_name: String,
    company: String,
    registered_day: i64,
    orders_count: i64,
    spent_minor: i64,
    last_order_day: i64,
    last_order_at: i64,
    credit_minor: i64,
    points: i64,
}

fn day(number: i64) -> Day {
    Day(i32::try_from(number).unwrap_or_default())
}

/// Adds what a mail about one customer tells of, as those who queue it wrote it.
pub fn tell(state: &AppState, mail: &Claimed, lang: Lang, variables: &mut Variables) {
    let data: Json = serde_json::from_str(&mail.data).unwrap_or_default();
    let told = Told { state, data: &data, lang };
    match mail.template.as_str() {
        "credit_changed" => {
            told.money(variables, "credit.amount", "amount_minor");
            told.money(variables, "credit.balance", "balance_minor");
            told.day(variables, "credit.expires", "expires_at");
            told.reason(variables, "credit.reason");
        }
        "points_changed" => {
            told.number(variables, "points.amount", "points");
            told.number(variables, "points.balance", "balance");
            told.reason(variables, "points.reason");
        }
        "gift_card" => {
            told.money(variables, "gift_card.amount", "amount_minor");
            told.day(variables, "gift_card.expires", "expires_at");
            told.text(variables, "gift_card.last_four", "last_four");
            told.text(variables, "gift_card.message", "message");
            let code = told.string("sealed_code").and_then(|sealed| state.keys.open_secret(sealed));
            variables.set("gift_card.code", code.unwrap_or_default());
        }
        "invoice" | "credit_note" => told.text(variables, "invoice.number", "number"),
        "abandoned_cart" | "payment_reminder" => {
            told.money(variables, "cart.total", "total_minor");
            told.lines(variables);
        }
        "order_confirmation" => {
            for (name, field) in [
                ("total", "total_minor"),
                ("shipping", "shipping_minor"),
                ("discount", "discount_minor"),
                ("tax", "tax_minor"),
                ("due", "due_minor"),
            ] {
                told.money(variables, &format!("order.{name}"), field);
            }
            told.lines(variables);
        }
        "order_shipped" => {
            told.text(variables, "parcel.carrier", "carrier");
            told.text(variables, "parcel.tracking", "tracking");
            if let Some(url) = told.string("url") {
                variables.set("parcel.url", Value::Url(url.to_owned()));
            }
        }
        "order_cancelled" => told.plain_money(variables, "refund.amount", "refunded"),
        "refund" => {
            told.plain_money(variables, "refund.amount", "amount");
            if let Some(to) = told.string("to") {
                variables.set("refund.to", lang.known("refunds.to", to));
            }
        }
        "return_approved" | "return_received" | "return_refused" | "return_requested" => {
            told.text(variables, "return.number", "return");
            told.text(variables, "return.answer", "answer");
        }
        _ => {}
    }
    told.text(variables, "order.number", "order");
}

/// The data of a mail, read field by field: what is missing or of another kind is left out.
struct Told<'a> {
    state: &'a AppState,
    data: &'a Json,
    lang: Lang,
}

impl<'a> Told<'a> {
    fn string(&self, field: &str) -> Option<&'a str> {
        self.data.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    fn text(&self, variables: &mut Variables, name: &str, field: &str) {
        if let Some(text) = self.string(field) {
            variables.set(name, text);
        }
    }

    fn number(&self, variables: &mut Variables, name: &str, field: &str) {
        if let Some(number) = self.data.get(field).and_then(Json::as_i64) {
            variables.set(name, number);
        }
    }

    fn currency(&self) -> Currency {
        self.string("currency").and_then(Currency::parse).unwrap_or(self.state.settings().base_currency)
    }

    /// An amount in minor units.
    fn money(&self, variables: &mut Variables, name: &str, field: &str) {
        if let Some(minor) = self.data.get(field).and_then(Json::as_i64) {
            variables.set(name, Money::new(minor, self.currency()));
        }
    }

    /// An amount as text: `12.50`.
    fn plain_money(&self, variables: &mut Variables, name: &str, field: &str) {
        if let Some(money) = self.string(field).and_then(|text| Money::parse(text, self.currency())) {
            variables.set(name, money);
        }
    }

    /// The day of an instant; 0 is never.
    fn day(&self, variables: &mut Variables, name: &str, field: &str) {
        if let Some(at) = self.data.get(field).and_then(Json::as_i64).filter(|at| *at > 0) {
            variables.set(name, self.state.zone().day(Timestamp(at)));
        }
    }

    fn reason(&self, variables: &mut Variables, name: &str) {
        if let Some(code) = self.string("reason") {
            variables.set(name, self.lang.known("ledger.reason", code));
        }
    }

    fn lines(&self, variables: &mut Variables) {
        let lines = self.data.get("lines").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let line = |line: &Json| {
            let told = Told { state: self.state, data: line, lang: self.lang };
            let mut fields = Variables::new();
            told.text(&mut fields, "name", "name");
            told.text(&mut fields, "sku", "sku");
            told.number(&mut fields, "quantity", "quantity");
            if let Some(minor) = line.get("total_minor").and_then(Json::as_i64) {
                fields.set("total", Money::new(minor, self.currency()));
            }
            fields
        };
        variables.set("lines", Value::List(lines.iter().map(line).collect()));
    }
}
