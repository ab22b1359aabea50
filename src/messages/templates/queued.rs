//! The mails that rooms queue in the outbox: from their data to the variables of their templates.

use super::{Value, Variables, told};
use crate::base::i18n::Lang;
use crate::base::{Currency, Day, Money, Timestamp};
use crate::office::settings::zone::Zone;
use crate::server::keys::Keys;
use serde_json::Value as Json;

/// Under which name data has what a program told of it ([`told`]).
pub const TOLD: &str = "told";

/// What is needed to read data.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub lang: Lang,
    /// For the days of instants.
    pub zone: Zone,
    /// Opens what is sealed; `None` for whoever only looks at the mail and shall not see it.
    pub keys: Option<&'a Keys>,
}

/// The variables that the data of a queued mail of this template comes to. What is not there is left out.
#[must_use]
pub fn variables(template: &str, data: &Json, reading: Reading<'_>) -> Variables {
    if let Some(values) = data.get(TOLD).and_then(Json::as_object) {
        // It was read when it was queued.
        return told::read(template, values).unwrap_or_default();
    }
    let data = Data { json: data, reading };
    let mut to = Variables::new();
    match template {
        "abandoned_cart" | "payment_reminder" => {
            data.money(&mut to, "cart.total", "total_minor");
            data.lines(&mut to);
        }
        "order_confirmation" => {
            data.text(&mut to, "order.number", "order");
            for part in ["discount", "due", "shipping", "tax", "total"] {
                data.money(&mut to, &format!("order.{part}"), &format!("{part}_minor"));
            }
            data.lines(&mut to);
        }
        "order_shipped" => {
            data.text(&mut to, "order.number", "order");
            data.text(&mut to, "parcel.carrier", "carrier");
            data.text(&mut to, "parcel.tracking", "tracking");
            data.url(&mut to, "parcel.url", "url");
        }
        "order_cancelled" => {
            data.text(&mut to, "order.number", "order");
            data.plain_money(&mut to, "refund.amount", "refunded");
        }
        "refund" => {
            data.text(&mut to, "order.number", "order");
            data.plain_money(&mut to, "refund.amount", "amount");
            data.known(&mut to, "refund.to", "to", "refunds.to");
        }
        "return_approved" | "return_received" | "return_refused" | "return_requested" => {
            data.text(&mut to, "order.number", "order");
            data.text(&mut to, "return.number", "return");
            data.text(&mut to, "return.answer", "answer");
        }
        "credit_note" | "invoice" => data.text(&mut to, "invoice.number", "number"),
        "credit_changed" => {
            data.money(&mut to, "credit.amount", "amount_minor");
            data.money(&mut to, "credit.balance", "balance_minor");
            data.known(&mut to, "credit.reason", "reason", "ledger.reason");
            data.day(&mut to, "credit.expires", "expires_at");
        }
        "points_changed" => {
            data.number(&mut to, "points.amount", "points");
            data.number(&mut to, "points.balance", "balance");
            data.known(&mut to, "points.reason", "reason", "ledger.reason");
        }
        "gift_card" => {
            data.money(&mut to, "gift_card.amount", "amount_minor");
            data.secret(&mut to, "gift_card.code", "sealed_code");
            data.text(&mut to, "gift_card.last_four", "last_four");
            data.text(&mut to, "gift_card.message", "message");
            data.day(&mut to, "gift_card.expires", "expires_at");
        }
        _ => data.named(&mut to),
    }
    to
}

struct Data<'a> {
    json: &'a Json,
    reading: Reading<'a>,
}

impl Data<'_> {
    fn str(&self, key: &str) -> Option<&str> {
        self.json.get(key)?.as_str()
    }

    fn int(&self, key: &str) -> Option<i64> {
        self.json.get(key)?.as_i64()
    }

    fn currency(&self) -> Option<Currency> {
        Currency::parse(self.str("currency")?)
    }

    fn text(&self, to: &mut Variables, name: &str, key: &str) {
        if let Some(text) = self.str(key) {
            to.set(name, text);
        }
    }

    fn number(&self, to: &mut Variables, name: &str, key: &str) {
        if let Some(number) = self.int(key) {
            to.set(name, number);
        }
    }

    fn url(&self, to: &mut Variables, name: &str, key: &str) {
        if let Some(url) = self.str(key) {
            to.set(name, Value::Url(url.to_owned()));
        }
    }

    fn money(&self, to: &mut Variables, name: &str, key: &str) {
        if let (Some(minor), Some(currency)) = (self.int(key), self.currency()) {
            to.set(name, Money::new(minor, currency));
        }
    }

    /// An amount as text: `12.50`.
    fn plain_money(&self, to: &mut Variables, name: &str, key: &str) {
        let money = self.str(key).zip(self.currency()).and_then(|(plain, currency)| Money::parse(plain, currency));
        if let Some(money) = money {
            to.set(name, money);
        }
    }

    /// The day of an instant; 0 is never.
    fn day(&self, to: &mut Variables, name: &str, key: &str) {
        if let Some(at) = self.int(key).filter(|at| *at > 0) {
            to.set(name, self.reading.zone.day(Timestamp(at)));
        }
    }

    /// A code that has a text of its own.
    fn known(&self, to: &mut Variables, name: &str, key: &str, family: &str) {
        if let Some(code) = self.str(key) {
            to.set(name, self.reading.lang.known(family, code));
        }
    }

    fn secret(&self, to: &mut Variables, name: &str, key: &str) {
        let opened = match self.reading.keys {
            Some(keys) => self.str(key).and_then(|sealed| keys.open_secret(sealed)),
            None => self.str("last_four").map(|last| format!("•••• {last}")),
        };
        if let Some(text) = opened {
            to.set(name, text);
        }
    }

    fn lines(&self, to: &mut Variables) {
        let lines = self.json.get("lines").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let lines = lines.iter().map(|line| {
            let line = Data { json: line, reading: self.reading };
            let mut fields = Variables::new();
            line.text(&mut fields, "name", "name");
            line.text(&mut fields, "sku", "sku");
            line.number(&mut fields, "quantity", "quantity");
            if let (Some(minor), Some(currency)) = (line.int("total_minor"), self.currency()) {
                fields.set("total", Money::new(minor, currency));
            }
            fields
        });
        to.set("lines", Value::List(lines.collect()));
    }

    /// Data whose keys are the names of variables: what new kinds of mail queue.
    fn named(&self, to: &mut Variables) {
        for (name, value) in self.json.as_object().into_iter().flatten() {
            match value {
                Json::String(text) if name.starts_with("links.") || name.ends_with(".url") => {
                    to.set(name, Value::Url(text.clone()))
                }
                Json::String(text) if text.len() == 10 => match Day::parse(text) {
                    Some(day) => to.set(name, day),
                    None => to.set(name, text.as_str()),
                },
                Json::String(text) => to.set(name, text.as_str()),
                Json::Number(number) => to.set(name, number.as_i64().unwrap_or_default()),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
