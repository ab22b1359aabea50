//! The cards of an order's page.

use super::actions::OrderDialogs;
use super::context::Target;
use super::parts::{date_time, fulfilment_status, method_name, status};
use super::{HistoryEntry, OrderAddress, OrderDetail, OrderLine, OrderStatus, Payment, PaymentStatus, Refund};
use crate::app::use_session;
use crate::base::i18n::Lang;
use crate::base::text::initials;
use crate::base::{Day, Money};
use crate::commerce::payments::Method;
use crate::commerce::pricing::Step;
use crate::commerce::returns::page::return_status;
use crate::commerce::returns::{Return, ReturnAction};
use crate::commerce::shipments::{Shipment, tracking_url};
use crate::office::staff::Right;
use crate::ui::Icon;
use leptos::prelude::*;

pub fn items_card(l: Lang, lines: &[OrderLine], units: i64) -> AnyView {
    let discounted = lines.iter().any(|line| line.discount.minor != 0);
    let rows = lines.iter().map(|line| line_row(l, line, discounted)).collect_view();
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("orders.items")}</h2>
                <span class="count">{l.integer(units)}</span>
            </header>
            <div class="card-flush">
                <div class="table-scroll">
                    <table class="table table-wrap table-cards">
                        <thead>
                            <tr>
                                <th scope="col" class="c-rest">{l.t("orders.item")}</th>
                                <th scope="col" class="num c-xs">{l.t("orders.quantity")}</th>
                                <th scope="col" class="num c-s">{l.t("orders.price")}</th>
                                {discounted.then(|| view! { <th scope="col" class="num c-s">{l.t("orders.discount")}</th> })}
                                <th scope="col" class="num c-s">{l.t("orders.column.total")}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </div>
        </section>
    }
    .into_any()
}

fn line_row(l: Lang, line: &OrderLine, discounted: bool) -> AnyView {
    let discount = discounted.then(|| {
        let amount = match line.discount.minor {
            0 => view! { <span class="nil">"—"</span> }.into_any(),
            minor => l.money(Money::new(-minor, line.discount.currency)).into_any(),
        };
        view! { <td class="num" data-slot="meta">{amount}</td> }
    });
    let suffix = if line.quantity == 1 { l.t("orders.items_suffix.one") } else { l.t("orders.items_suffix.other") };
    view! {
        <tr>
            <th scope="row" data-slot="title">
                <span class="line-item">
                    <span class="thumb"><Icon name="image"/></span>
                    <span>{line.name.clone()}<span class="line-sub">{line.sku.clone()}</span></span>
                </span>
            </th>
            <td class="num" data-slot="extra" data-suffix=suffix>{l.integer(line.quantity)}</td>
            <td class="num" data-slot="sub">{l.money(line.unit_price)}</td>
            {discount}
            <td class="num" data-slot="value">{l.money(line.total)}</td>
        </tr>
    }
    .into_any()
}

/// What it costs, how that came about, what was paid and what came back.
pub fn money_card(l: Lang, detail: &OrderDetail, dialogs: OrderDialogs) -> AnyView {
    let totals = detail.totals;
    let discount =
        (totals.discount.minor != 0).then(|| view! { <dt>{l.t("orders.discount")}</dt><dd>{minus(l, totals.discount)}</dd> });
    let base = totals.base_total.map(|base| view! { <dt>{l.t("orders.base_total")}</dt><dd>{l.money(base)}</dd> });
    let payments = detail.payments.iter().map(|payment| payment_row(l, payment, dialogs)).collect_view();
    let refunds = detail.refunds.iter().map(|refund| refund_row(l, refund)).collect_view();
    let due = (detail.order.status != OrderStatus::Draft).then(|| {
        let until = detail.due_at.filter(|_| totals.due.minor > 0);
        let until =
            until.map(|at| view! { " " <span class="dim">{l.with("orders.due_until", &[("day", &l.day(at.day))])}</span> });
        view! { <dt class="total">{l.t("orders.due")} {until}</dt><dd class="total">{l.money(totals.due)}</dd> }
    });
    view! {
        <section class="card" id="money">
            <header class="card-head"><h2 class="card-title">{l.t("orders.money")}</h2></header>
            <div class="card-body stack">
                <dl class="sums">
                    <dt>{l.t("orders.items")}</dt><dd>{l.money(totals.subtotal)}</dd>
                    {discount}
                    <dt>{l.t("orders.shipping")}</dt><dd>{l.money(totals.shipping)}</dd>
                    <dt>{l.t("orders.tax")}</dt><dd>{l.money(totals.tax)}</dd>
                    <dt class="total">{l.t("orders.column.total")}</dt><dd class="total">{l.money(totals.total)}</dd>
                    {base}
                    {payments}
                    {due}
                    {refunds}
                </dl>
                {steps(l, detail)}
                {points(l, detail)}
            </div>
        </section>
    }
    .into_any()
}

fn minus(l: Lang, money: Money) -> String {
    l.money(Money::new(-money.minor, money.currency))
}

fn payment_row(l: Lang, payment: &Payment, dialogs: OrderDialogs) -> AnyView {
    let points = (payment.points > 0).then(|| l.count("orders.points", payment.points));
    let note = [Some(payment.reference.clone()), points, payment.by.clone(), Some(l.day(payment.at.day))];
    let note: Vec<String> = note.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    let promised = payment.status == PaymentStatus::Authorised && use_session().has(Right::EditOrders);
    let buttons = promised.then(|| {
        let (to_capture, to_void) = (payment.clone(), payment.clone());
        view! {
            <span class="row">
                <button class="btn btn-sm" type="button" on:click=move |_| dialogs.capture.open(Some(to_capture.clone()))>
                    {l.t("payments.capture")}
                </button>
                <button class="btn btn-sm btn-ghost" type="button" on:click=move |_| dialogs.void.open(Some(to_void.clone()))>
                    {l.t("payments.void")}
                </button>
            </span>
        }
    });
    let amount = match payment.status {
        PaymentStatus::Captured => minus(l, payment.amount).into_any(),
        _ => view! { <span class="dim">{l.money(payment.amount)}</span> }.into_any(),
    };
    view! {
        <dt>
            {method_name(l, &payment.method)} " " {status(l, payment.status.label_key(), payment.status.tone())}
            <span class="line-sub" dir="auto">{note.join(", ")}</span>
            {buttons}
        </dt>
        <dd>{amount}</dd>
    }
    .into_any()
}

fn refund_row(l: Lang, refund: &Refund) -> AnyView {
    let part = |(method, amount, points): &(Method, Money, i64)| {
        let what = if *points > 0 { l.count("orders.points", *points) } else { l.money(*amount) };
        format!("{} {what}", l.t(method.label_key()))
    };
    let parts: Vec<String> = refund.parts.iter().map(part).collect();
    let note = [parts.join(", "), refund.reason.clone(), refund.by.clone().unwrap_or_default(), l.day(refund.at.day)];
    let note: Vec<String> = note.into_iter().filter(|text| !text.is_empty()).collect();
    view! {
        <dt>{l.t("orders.refund")} <span class="line-sub" dir="auto">{note.join(", ")}</span></dt>
        <dd>{l.money(refund.amount)}</dd>
    }
    .into_any()
}

/// How the price came about, as it was explained when the order was placed.
fn steps(l: Lang, detail: &OrderDetail) -> Option<AnyView> {
    if detail.steps.is_empty() {
        return None;
    }
    let currency = detail.order.total.currency;
    let step = |step: &Step| {
        let subject = (!step.subject.is_empty()).then(|| view! { " " <span class="dim">{step.subject.clone()}</span> });
        view! { <dt>{l.t(step.kind.label_key())} {subject}</dt><dd>{l.money(Money::new(step.change, currency))}</dd> }
    };
    let steps = detail.steps.iter().map(step).collect_view();
    let view = view! {
        <details>
            <summary class="link">{l.t("orders.steps")}</summary>
            <dl class="sums">{steps}</dl>
        </details>
    };
    Some(view.into_any())
}

/// What it earned in points, and what was taken back of that.
fn points(l: Lang, detail: &OrderDetail) -> Option<AnyView> {
    let points = detail.points;
    (points.earned > 0).then(|| {
        let lost = (points.taken_back > 0).then(|| l.count("orders.points_taken_back", points.taken_back));
        let off = (points.written_off > 0).then(|| l.count("orders.points_written_off", points.written_off));
        let text: Vec<String> = [Some(l.count("orders.points_earned", points.earned)), lost, off].into_iter().flatten().collect();
        view! { <p class="soft">{text.join(", ")}</p> }.into_any()
    })
}

/// Its parcels, and how far they are.
pub fn shipment_card(l: Lang, detail: &OrderDetail, today: Day, dialogs: OrderDialogs) -> Option<AnyView> {
    (detail.order.status == OrderStatus::Placed).then(|| {
        // Of an order that came from elsewhere we may know a number and no parcel.
        let tracking = (!detail.tracking.is_empty() && detail.shipments.is_empty())
            .then(|| view! { <dt>{l.t("orders.tracking")}</dt><dd class="code">{detail.tracking.clone()}</dd> });
        let several = detail.shipments.iter().filter(|parcel| parcel.delivered.is_none()).count() > 1;
        let parcels = detail.shipments.iter().map(|parcel| parcel_item(l, parcel, several, dialogs)).collect_view();
        let since = detail.state_since;
        view! {
            <section class="card" id="delivery">
                <header class="card-head">
                    <h2 class="card-title">{l.t("orders.shipment")}</h2>
                    {fulfilment_status(l, detail.order.fulfilment)}
                </header>
                <div class="card-body">
                    <dl class="facts">
                        {tracking}
                        <dt>{l.t("orders.state_since")}</dt>
                        <dd>{date_time(l, since)} ", " {l.relative(since.day, today)}</dd>
                    </dl>
                </div>
                {(!detail.shipments.is_empty()).then(|| view! { <div class="card-flush"><ul class="card-list">{parcels}</ul></div> })}
            </section>
        }
        .into_any()
    })
}

fn parcel_item(l: Lang, parcel: &Shipment, several: bool, dialogs: OrderDialogs) -> AnyView {
    let number = match tracking_url(&parcel.carrier, &parcel.tracking) {
        Some(url) => {
            view! { <a class="link code" href=url target="_blank" rel="noreferrer">{parcel.tracking.clone()}</a> }.into_any()
        }
        None => view! { <span class="code">{parcel.tracking.clone()}</span> }.into_any(),
    };
    let carrier = if parcel.carrier.is_empty() { l.t("shipments.parcel").to_owned() } else { parcel.carrier.clone() };
    let state = match parcel.delivered {
        Some(at) => l.with("shipments.delivered_on", &[("day", &l.day(at.day))]),
        None => l.with("shipments.shipped_on", &[("day", &l.day(parcel.shipped.day))]),
    };
    let arrived = (several && parcel.delivered.is_none() && use_session().has(Right::EditOrders)).then(|| {
        let parcel = parcel.clone();
        view! {
            <button class="btn btn-sm row-end" type="button" on:click=move |_| dialogs.deliver.open(Some(parcel.clone()))>
                {l.t("shipments.arrived")}
            </button>
        }
    });
    view! {
        <li class="row">
            <Icon name="package"/>
            <span>{carrier} " " {number} <span class="line-sub">{state}</span></span>
            {arrived}
        </li>
    }
    .into_any()
}

/// Its returns, the newest first, with what can be done about each.
pub fn returns_card(l: Lang, detail: &OrderDetail, dialogs: OrderDialogs) -> Option<AnyView> {
    (!detail.returns.is_empty()).then(|| {
        let items = detail.returns.iter().map(|each| return_item(l, each, dialogs)).collect_view();
        view! {
            <section class="card" id="returns">
                <header class="card-head">
                    <h2 class="card-title">{l.t("returns.title")}</h2>
                    <span class="count">{l.integer(i64::try_from(detail.returns.len()).unwrap_or(0))}</span>
                </header>
                <div class="card-flush"><ul class="card-list">{items}</ul></div>
            </section>
        }
        .into_any()
    })
}

fn return_item(l: Lang, each: &Return, dialogs: OrderDialogs) -> AnyView {
    let lines =
        each.lines.iter().map(|line| view! { <li>{l.integer(line.quantity)} " × " {line.name.clone()}</li> }).collect_view();
    let text = |text: &String| (!text.is_empty()).then(|| view! { <p class="soft" dir="auto">{text.clone()}</p> });
    let by = l.with("returns.requested_by", &[("who", &l.t(each.requested_by.label_key())), ("day", &l.day(each.requested.day))]);
    let money = match each.given_back {
        Some(amount) => l.with("returns.given_back", &[("amount", &l.money(amount))]),
        None => l.with("returns.goods_worth", &[("amount", &l.money(each.worth)), ("to", &l.t(each.refund_to.label_key()))]),
    };
    view! {
        <li class="stack">
            <div class="row">
                <strong class="tnum">{each.number.clone()}</strong>
                {return_status(l, each.status)}
                <span class="row-end row">{return_buttons(l, each, dialogs)}</span>
            </div>
            <p class="line-sub">{l.t(each.reason.label_key())} ", " {by}</p>
            <ul>{lines}</ul>
            {text(&each.note)}
            {text(&each.answer)}
            <p class="line-sub">{money}</p>
        </li>
    }
    .into_any()
}

/// What may be done about a return now, by this member.
fn return_buttons(l: Lang, each: &Return, dialogs: OrderDialogs) -> AnyView {
    let session = use_session();
    let button = |action: ReturnAction, right: Right, target: Target<Return>, label: &'static str, class: &'static str| {
        (session.has(right) && each.status.after(action).is_ok()).then(|| {
            let each = each.clone();
            view! { <button class=class type="button" on:click=move |_| target.open(Some(each.clone()))>{l.t(label)}</button> }
        })
    };
    let (plain, quiet) = ("btn btn-sm", "btn btn-sm btn-ghost");
    view! {
        {button(ReturnAction::Approve, Right::EditOrders, dialogs.approve, "returns.approve", plain)}
        {button(ReturnAction::Receive, Right::EditOrders, dialogs.receive, "returns.receive", plain)}
        {button(ReturnAction::Refund, Right::Refund, dialogs.settle, "returns.settle", plain)}
        {button(ReturnAction::Refuse, Right::EditOrders, dialogs.refuse, "returns.refuse", quiet)}
    }
    .into_any()
}

pub fn history_card(l: Lang, detail: &OrderDetail) -> AnyView {
    let entries = detail.history.iter().map(|entry| history_item(l, entry)).collect_view();
    let created = view! {
        <li class="timeline-item">
            <span class="timeline-icon"><Icon name="plus"/></span>
            <div class="timeline-body"><p class="timeline-title">{l.t("orders.history.created")}</p></div>
            <span class="timeline-time">{date_time(l, detail.created)}</span>
        </li>
    };
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("orders.history")}</h2></header>
            <div class="card-body"><ol class="timeline">{entries}{created}</ol></div>
        </section>
    }
    .into_any()
}

fn history_item(l: Lang, entry: &HistoryEntry) -> AnyView {
    let (icon, tone, title) = history_title(l, &entry.kind);
    let text = [Some(entry.detail.as_str()), entry.by.as_deref()].into_iter().flatten().filter(|text| !text.is_empty());
    let text = text.collect::<Vec<_>>().join(", ");
    view! {
        <li class="timeline-item">
            <span class="timeline-icon" data-tone=tone><Icon name=icon/></span>
            <div class="timeline-body">
                <p class="timeline-title">{title}</p>
                {(!text.is_empty()).then(|| view! { <p class="timeline-text" dir="auto">{text}</p> })}
            </div>
            <span class="timeline-time">{date_time(l, entry.at)}</span>
        </li>
    }
    .into_any()
}

/// Icon, tone and words of a step in an order's life.
pub fn history_title(l: Lang, kind: &str) -> (&'static str, Option<&'static str>, String) {
    let (icon, tone, key) = match kind {
        "placed" => ("shopping-bag", Some("ok"), l.t("orders.history.placed")),
        "authorised" => ("credit-card", Some("info"), l.t("orders.history.authorised")),
        "paid" => ("credit-card", Some("ok"), l.t("orders.history.paid")),
        "shipped" => ("truck", Some("info"), l.t("orders.history.shipped")),
        "delivered" => ("package", Some("ok"), l.t("orders.history.delivered")),
        "part_paid" => ("credit-card", Some("info"), l.t("orders.history.part_paid")),
        "captured" => ("credit-card", Some("ok"), l.t("orders.history.captured")),
        "voided" => ("credit-card", None, l.t("orders.history.voided")),
        "cards_sent" => ("package", Some("ok"), l.t("orders.history.cards_sent")),
        "parcel_added" => ("truck", Some("info"), l.t("orders.history.parcel_added")),
        "parcel_arrived" => ("package", Some("ok"), l.t("orders.history.parcel_arrived")),
        "points_taken_back" => ("undo", None, l.t("orders.history.points_taken_back")),
        "points_written_off" => ("undo", Some("warn"), l.t("orders.history.points_written_off")),
        "return_requested" => ("undo", Some("warn"), l.t("orders.history.return_requested")),
        "return_approved" => ("undo", Some("info"), l.t("orders.history.return_approved")),
        "return_refused" => ("ban", Some("bad"), l.t("orders.history.return_refused")),
        "return_closed" => ("undo", Some("ok"), l.t("orders.history.return_closed")),
        "returned" => ("undo", Some("warn"), l.t("orders.history.returned")),
        "refunded" => ("undo", Some("warn"), l.t("orders.history.refunded")),
        "invoiced" => ("receipt", None, l.t("orders.history.invoiced")),
        "credited" => ("receipt", None, l.t("orders.history.credited")),
        "invoice_sent" => ("mail", None, l.t("orders.history.invoice_sent")),
        "cancelled" => ("ban", Some("bad"), l.t("orders.history.cancelled")),
        other => return ("activity", None, other.to_owned()),
    };
    (icon, tone, key.to_owned())
}

pub fn buyer_card(l: Lang, detail: &OrderDetail) -> AnyView {
    let buyer = &detail.order.buyer;
    let href = format!("/customers/{}", buyer.id);
    let sum = l.with(
        "orders.buyer_sum",
        &[("orders", &l.count("orders.count", detail.buyer_orders)), ("spent", &l.money(detail.buyer_spent))],
    );
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("orders.column.customer")}</h2></header>
            <div class="card-body stack">
                <span class="person">
                    <span class="avatar avatar-md" data-hue=(buyer.id.0 % 12).to_string() aria-hidden="true">{initials(&buyer.name)}</span>
                    <span class="truncate">
                        <a class="person-name" dir="auto" href=href>{buyer.name.clone()}</a>
                        <span class="line-sub">{sum}</span>
                    </span>
                </span>
                <dl class="facts">
                    <dt>{l.t("orders.email")}</dt>
                    <dd><a class="link" href=format!("mailto:{}", buyer.email)>{buyer.email.clone()}</a></dd>
                </dl>
            </div>
        </section>
    }
    .into_any()
}

pub fn addresses_card(l: Lang, detail: &OrderDetail) -> AnyView {
    let (shipping, billing) = (&detail.addresses.shipping, &detail.addresses.billing);
    let same = billing.is_some() && shipping == billing;
    let second =
        if same { view! { <p class="soft">{l.t("orders.same_address")}</p> }.into_any() } else { address(l, billing.as_ref()) };
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("orders.addresses")}</h2></header>
            <div class="card-flush">
                <ul class="card-list">
                    <li><span class="badge">{l.t("orders.shipping_address")}</span>{address(l, shipping.as_ref())}</li>
                    <li><span class="badge">{l.t("orders.billing_address")}</span>{second}</li>
                </ul>
            </div>
        </section>
    }
    .into_any()
}

fn address(l: Lang, address: Option<&OrderAddress>) -> AnyView {
    let lines = address.map(|address| address.lines(l)).unwrap_or_default();
    if lines.is_empty() {
        return view! { <p><span class="nil">"—"</span></p> }.into_any();
    }
    let lines = lines.into_iter().map(|line| view! { <span dir="auto">{line}</span><br/> }).collect_view();
    view! { <address class="address">{lines}</address> }.into_any()
}
