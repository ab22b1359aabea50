//! An entry in words.

use super::{Happening, OrderRef, TimelineEntry};
use crate::base::i18n::Lang;
use crate::commerce::ledger::AccountKind;
use crate::commerce::ledger::entry::{amount as ledger_amount, signed};
use crate::commerce::orders::history_title;
use crate::ui::Icon;
use leptos::prelude::*;

/// How an entry is shown: icon and tone, a title, and what there is to say besides.
struct Look {
    icon: &'static str,
    tone: Option<&'static str>,
    title: AnyView,
    text: String,
}

impl Look {
    fn new(icon: &'static str, title: impl Into<String>) -> Self {
        let title: String = title.into();
        Self { icon, tone: None, title: title.into_any(), text: String::new() }
    }

    fn tone(self, tone: &'static str) -> Self {
        Self { tone: Some(tone), ..self }
    }

    fn text(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }

    /// With a title that leads to an order.
    fn order(self, order: &OrderRef, title: String) -> Self {
        let title = view! { <a class="link" href=format!("/orders/{}", order.id)>{title}</a> }.into_any();
        Self { title, ..self }
    }
}

/// The entry as an item of the timeline.
pub fn entry_view(l: Lang, entry: TimelineEntry) -> AnyView {
    let (hours, minutes) = (entry.at.minute / 60, entry.at.minute % 60);
    let Look { icon, tone, title, text } = look(l, entry.what);
    view! {
        <li class="timeline-item">
            <span class="timeline-icon" data-tone=tone><Icon name=icon/></span>
            <div class="timeline-body">
                <p class="timeline-title" dir="auto">{title}</p>
                {(!text.is_empty()).then(|| view! { <p class="timeline-text" dir="auto">{text}</p> })}
            </div>
            <time class="timeline-time" datetime=entry.at.at.rfc3339()>{format!("{hours:02}:{minutes:02}")}</time>
        </li>
    }
    .into_any()
}

fn look(l: Lang, what: Happening) -> Look {
    match what {
        Happening::Ordered { .. } | Happening::OrderStep { .. } | Happening::Refunded { .. } => order_look(l, what),
        Happening::Moved { .. } => money_look(l, what),
        Happening::Registered { source, campaign } => {
            let source = l.known("timeline.source", &source);
            Look::new("user-plus", l.t("timeline.registered")).tone("ok").text(joined(&[&source, &campaign]))
        }
        Happening::Visited { pages, minutes, landing, referrer, campaign } => {
            let length = format!("{}, {}", l.count("timeline.pages", pages), l.count("timeline.minutes", minutes));
            Look::new("globe", l.t("timeline.visited")).text(joined(&[&length, &landing, &referrer, &campaign]))
        }
        Happening::Viewed { product } => Look::new("eye", l.with("timeline.viewed", &[("product", &or_dash(product))])),
        Happening::PutIntoCart { product, quantity } => {
            let values: [(&str, &dyn std::fmt::Display); 2] = [("count", &l.integer(quantity)), ("product", &or_dash(product))];
            Look::new("cart", l.with("timeline.put_into_cart", &values))
        }
        Happening::CheckedOut { step, .. } => {
            Look::new("credit-card", l.with("timeline.checkout", &[("step", &l.known("timeline.step", &step))]))
        }
        Happening::Emailed { opened, subject, mail, campaign, opens, clicks } => {
            let key = if opened { "timeline.opened" } else { "timeline.sent" };
            let icon = if opened || opens + clicks > 0 { "mail-open" } else { "mail" };
            let title = l.with(key, &[("subject", &or_dash(subject))]);
            let did = |key: &str, count: i64| if count > 0 { l.count(key, count) } else { String::new() };
            let text = joined(&[&campaign, &did("timeline.mail_opened", opens), &did("timeline.mail_clicked", clicks)]);
            let look = Look::new(icon, title.clone()).text(text);
            match mail {
                Some(mail) => {
                    let href = format!("/outbox/{mail}");
                    Look {
                        title: view! { <a class="link" href=href title=l.t("timeline.mail_show")>{title}</a> }.into_any(),
                        ..look
                    }
                }
                None => look,
            }
        }
        Happening::Subscribed { source } => {
            Look::new("newspaper", l.t("timeline.subscribed")).text(l.known("timeline.source", &source))
        }
        Happening::Reviewed { product, stars, text } => {
            let tone = if stars >= 4 { "ok" } else { "warn" };
            let values: [(&str, &dyn std::fmt::Display); 2] =
                [("product", &or_dash(product)), ("stars", &l.count("timeline.stars", stars))];
            Look::new("star", l.with("timeline.reviewed", &values)).tone(tone).text(text)
        }
        Happening::Contacted { channel, subject, outcome } => {
            let channel = l.known("timeline.channel", &channel);
            Look::new("message", l.with("timeline.contacted", &[("subject", &or_dash(subject))]))
                .tone("info")
                .text(joined(&[&channel, &outcome]))
        }
        Happening::NoteWritten { note, by, text } => {
            let kind = l.known("timeline.note", &note);
            let title = l.with("timeline.note_written", &[("by", &or_dash(by)), ("kind", &kind)]);
            Look::new("note", title).text(text)
        }
        Happening::Consented { purpose, granted, source, by } => {
            let key = if granted { "timeline.consent_given" } else { "timeline.consent_withdrawn" };
            let title = l.with(key, &[("purpose", &l.known("timeline.purpose", &purpose))]);
            Look::new("shield", title)
                .tone(if granted { "ok" } else { "warn" })
                .text(joined(&[&l.known("timeline.source", &source), &by]))
        }
        Happening::Changed { action, by } => Look::new("pencil", l.known("audit", &action)).text(by),
        Happening::Other { name } => Look::new("activity", name),
    }
}

fn order_look(l: Lang, what: Happening) -> Look {
    match what {
        Happening::Ordered { order, total, units, cancelled, items, more_items } => {
            let values: [(&str, &dyn std::fmt::Display); 2] = [("order", &name(l, &order)), ("total", &l.money(total))];
            let mut parts: Vec<String> =
                items.into_iter().map(|(count, item)| format!("{} × {item}", l.integer(count))).collect();
            if more_items > 0 {
                parts.push(l.count("orders.more_lines", more_items));
            }
            if parts.is_empty() {
                parts.push(l.count("timeline.units", units));
            }
            let look = Look::new("shopping-bag", "").order(&order, l.with("timeline.ordered", &values));
            if cancelled {
                parts.insert(0, l.t("timeline.later_cancelled").to_owned());
                return look.text(parts.join(", "));
            }
            look.tone("ok").text(parts.join(", "))
        }
        Happening::OrderStep { order, step, detail, by } => {
            let (icon, tone, title) = history_title(l, &step);
            let title = format!("{}: {title}", name(l, &order));
            Look { tone, ..Look::new(icon, "").order(&order, title).text(joined(&[&detail, &by])) }
        }
        Happening::Refunded { order, amount, reason } => {
            let values: [(&str, &dyn std::fmt::Display); 2] = [("order", &name(l, &order)), ("amount", &l.money(amount))];
            Look::new("undo", "").order(&order, l.with("timeline.refunded", &values)).tone("warn").text(reason)
        }
        _ => Look::new("activity", ""),
    }
}

fn money_look(l: Lang, what: Happening) -> Look {
    let Happening::Moved { account, unit, amount, balance, reason, order, card, note, by } = what else {
        return Look::new("activity", "");
    };
    let (icon, account) = match account {
        AccountKind::Credit => ("wallet", l.t("profile.tab.credit").to_owned()),
        AccountKind::GiftCard => ("gift", l.with("timeline.gift_card", &[("card", &card)])),
        AccountKind::Points => ("star", l.t("stat.points").to_owned()),
    };
    let values: [(&str, &dyn std::fmt::Display); 2] = [("account", &account), ("amount", &signed(l, unit, amount))];
    let title = l.with("timeline.moved", &values);
    let on = order.as_ref().map(|order| name(l, order)).unwrap_or_default();
    let left = l.with("timeline.balance", &[("amount", &ledger_amount(l, unit, balance))]);
    let text = joined(&[format!("{} {on}", l.t(reason.label_key())).trim(), &note, &left, &by]);
    let look = Look::new(icon, title.clone()).text(text);
    let look = if let Some(order) = order { look.order(&order, title) } else { look };
    if amount > 0 { look.tone("ok") } else { look }
}

fn name(l: Lang, order: &OrderRef) -> String {
    order.number.as_ref().map_or_else(|| l.with("orders.draft_name", &[("id", &order.id)]), |number| format!("#{number}"))
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "—".to_owned() } else { text }
}

fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ")
}
