//! The page of an order or draft.

use super::api::get_order;
use super::parts::{date_time, fulfilment_status, order_name, payment_status, status};
use super::{HistoryEntry, OrderAddress, OrderDetail, OrderLine, OrderStatus};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::text::initials;
use crate::base::{AppError, Day, OrderId, Resource, resource};
use crate::commerce::invoices::InvoicesCard;
use crate::ui::not_found::NotFound;
use crate::ui::{ErrorState, Icon, SkeletonLines};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use leptos_router::{LazyRoute, lazy_route};

/// `/orders/:id`.
pub struct OrderRoute {
    order: Resource<Result<OrderDetail, AppError>>,
}

#[lazy_route]
impl LazyRoute for OrderRoute {
    fn data() -> Self {
        let params = use_params_map();
        let id = move || params.read().get("id").and_then(|id| id.parse::<OrderId>().ok());
        let order = resource(id, async |id| match id {
            Some(id) => get_order(id).await,
            None => Err(AppError::NotFound),
        });
        Self { order }
    }

    fn view(this: Self) -> AnyView {
        let order = this.order;
        view! {
            <Transition fallback=|| view! { <div class="page"><SkeletonLines lines=12/></div> }>
                {move || Suspend::new(async move {
                    match order.await {
                        Ok(detail) => view! { <OrderView detail/> }.into_any(),
                        Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                        Err(error) => {
                            let again = Callback::new(move |()| order.refetch());
                            view! { <div class="page"><ErrorState error on_retry=again/></div> }.into_any()
                        }
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn OrderView(detail: OrderDetail) -> impl IntoView {
    let l = use_lang();
    let today = use_session().today;
    let name = order_name(l, &detail.order);
    view! {
        <Title text=name.clone()/>
        <div class="page">
            {head(l, &detail, name)}
            <div class="columns">
                <div class="stack">
                    {items_card(l, &detail.lines, detail.order.units)}
                    {money_card(l, &detail)}
                    {shipment_card(l, &detail, today)}
                    {(detail.order.status != OrderStatus::Draft).then(|| view! { <InvoicesCard order=detail.order.id/> })}
                    {history_card(l, &detail)}
                </div>
                <div class="stack">
                    {buyer_card(l, &detail)}
                    {addresses_card(l, &detail)}
                </div>
            </div>
        </div>
    }
    .into_any()
}

fn head(l: Lang, detail: &OrderDetail, name: String) -> AnyView {
    let order = &detail.order;
    let states = match (order.status, order.draft) {
        (OrderStatus::Draft, kind) => {
            let kind = kind.map(|kind| status(l, kind.label_key(), kind.tone()));
            view! { <span class="badge" data-tone="accent">{l.t("orders.status.draft")}</span>{kind} }.into_any()
        }
        (OrderStatus::Cancelled, _) => {
            view! { {status(l, "orders.status.cancelled", "bad")}{payment_status(l, order.payment)} }.into_any()
        }
        (OrderStatus::Placed, _) => {
            view! { {payment_status(l, order.payment)}{fulfilment_status(l, order.fulfilment)} }.into_any()
        }
    };
    let csv = format!("/orders/{}/csv", order.id);
    view! {
        <header class="page-head">
            <h1 class="page-title tnum">{name}</h1>
            {states}
            <p class="page-count">{date_time(l, order.at)} ", " {order.store.clone()}</p>
            <div class="page-actions">
                {neighbour(l.t("orders.older"), "chevron-left", detail.previous)}
                {neighbour(l.t("orders.newer"), "chevron-right", detail.next)}
                <a class="btn" href=csv download=""><Icon name="download"/>{l.t("orders.csv")}</a>
            </div>
        </header>
    }
    .into_any()
}

/// A link to the customer's order before or after this one.
fn neighbour(label: &'static str, icon: &'static str, id: Option<OrderId>) -> AnyView {
    let href = id.map(|id| format!("/orders/{id}"));
    let disabled = href.is_none().then_some("true");
    view! {
        <a class="btn btn-icon btn-ghost" role="link" href=href aria-disabled=disabled aria-label=label title=label><Icon name=icon/></a>
    }
    .into_any()
}

fn items_card(l: Lang, lines: &[OrderLine], units: i64) -> AnyView {
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
            minor => l.money(crate::base::Money::new(-minor, line.discount.currency)).into_any(),
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

fn money_card(l: Lang, detail: &OrderDetail) -> AnyView {
    let totals = detail.totals;
    let minus = |money: crate::base::Money| l.money(crate::base::Money::new(-money.minor, money.currency));
    let discount =
        (totals.discount.minor != 0).then(|| view! { <dt>{l.t("orders.discount")}</dt><dd>{minus(totals.discount)}</dd> });
    let base = totals.base_total.map(|base| view! { <dt>{l.t("orders.base_total")}</dt><dd>{l.money(base)}</dd> });
    let payments = detail.payments.iter().map(|payment| {
        let method = method(l, &payment.method);
        view! {
            <dt>{method} " " <span class="dim">{payment.reference.clone()}</span> " " {status(l, payment.status.label_key(), payment.status.tone())}</dt>
            <dd>{minus(payment.amount)}</dd>
        }
    });
    let refunds = detail.refunds.iter().map(|refund| {
        view! {
            <dt>{l.t("orders.refund")} " " <span class="dim">{refund.reason.clone()}</span></dt>
            <dd>{l.money(refund.amount)}</dd>
        }
    });
    let due = (detail.order.status != OrderStatus::Draft)
        .then(|| view! { <dt class="total">{l.t("orders.due")}</dt><dd class="total">{l.money(totals.due)}</dd> });
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("orders.money")}</h2></header>
            <div class="card-body">
                <dl class="sums">
                    <dt>{l.t("orders.items")}</dt><dd>{l.money(totals.subtotal)}</dd>
                    {discount}
                    <dt>{l.t("orders.shipping")}</dt><dd>{l.money(totals.shipping)}</dd>
                    <dt>{l.t("orders.tax")}</dt><dd>{l.money(totals.tax)}</dd>
                    <dt class="total">{l.t("orders.column.total")}</dt><dd class="total">{l.money(totals.total)}</dd>
                    {base}
                    {payments.collect_view()}
                    {due}
                    {refunds.collect_view()}
                </dl>
            </div>
        </section>
    }
    .into_any()
}

/// A way of paying in words; one that we have no word for as the payment provider writes it.
fn method(l: Lang, code: &str) -> String {
    match code {
        "card" => l.t("orders.method.card").to_owned(),
        "wallet" => l.t("orders.method.wallet").to_owned(),
        "bank_transfer" => l.t("orders.method.bank_transfer").to_owned(),
        other => other.to_owned(),
    }
}

fn shipment_card(l: Lang, detail: &OrderDetail, today: Day) -> Option<AnyView> {
    (detail.order.status == OrderStatus::Placed).then(|| {
        let tracking = (!detail.tracking.is_empty())
            .then(|| view! { <dt>{l.t("orders.tracking")}</dt><dd class="code">{detail.tracking.clone()}</dd> });
        let since = detail.state_since;
        view! {
            <section class="card">
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
            </section>
        }
        .into_any()
    })
}

fn history_card(l: Lang, detail: &OrderDetail) -> AnyView {
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

fn buyer_card(l: Lang, detail: &OrderDetail) -> AnyView {
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

fn addresses_card(l: Lang, detail: &OrderDetail) -> AnyView {
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
