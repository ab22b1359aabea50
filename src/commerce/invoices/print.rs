//! `/orders/:id/print`: an order as a sheet of paper. What stands around it does not print.

use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, Money, OrderId, resource};
use crate::commerce::orders::api::get_order;
use crate::commerce::orders::{OrderAddress, OrderDetail, OrderStatus, PaymentStatus};
use crate::ui::not_found::NotFound;
use crate::ui::{ErrorState, Icon, SkeletonLines, lazy_page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

lazy_page!(
    /// The route of the printable page.
    PrintRoute,
    commerce,
    print_view
);

fn print_view() -> AnyView {
    let params = use_params_map();
    let id = move || params.read().get("id").and_then(|id| id.parse::<OrderId>().ok());
    let order = resource(id, async |id| match id {
        Some(id) => get_order(id).await,
        None => Err(AppError::NotFound),
    });
    view! {
        <Transition fallback=|| view! { <div class="page page-narrow"><SkeletonLines lines=12/></div> }>
            {move || Suspend::new(async move {
                match order.await {
                    Ok(detail) => sheet(detail),
                    Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                    Err(error) => {
                        let again = Callback::new(move |()| order.refetch());
                        view! { <div class="page page-narrow"><ErrorState error on_retry=again/></div> }.into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}

fn sheet(detail: OrderDetail) -> AnyView {
    let l = use_lang();
    let order = &detail.order;
    let name = match &order.number {
        Some(number) => l.with("invoices.print_title", &[("number", number)]),
        None => l.with("orders.draft_name", &[("id", &order.id)]),
    };
    let print = |_| {
        // Fails where a window cannot print.
        let _ = window().print();
    };
    let back = format!("/orders/{}", order.id);
    view! {
        <Title text=name.clone()/>
        <div class="page page-narrow print-sheet">
            <header class="page-head">
                <h1 class="page-title tnum">{name}</h1>
                <p class="page-count">{l.moment(order.at)} ", " {order.store.clone()}</p>
                <div class="page-actions">
                    <a class="btn" href=back><Icon name="chevron-left"/>{l.t("invoices.back")}</a>
                    <button class="btn btn-primary" type="button" on:click=print><Icon name="printer"/><span>{l.t("invoices.print")}</span></button>
                </div>
            </header>
            <div class="print-parties">
                {party(l, "orders.billing_address", detail.addresses.billing.as_ref().or(detail.addresses.shipping.as_ref()))}
                {party(l, "orders.shipping_address", detail.addresses.shipping.as_ref())}
                <div>
                    <h2 class="print-label">{l.t("orders.column.customer")}</h2>
                    <p dir="auto">{order.buyer.name.clone()}</p>
                    <p>{order.buyer.email.clone()}</p>
                </div>
            </div>
            {lines(l, &detail)}
            {sums(l, &detail)}
        </div>
    }
    .into_any()
}

fn party(l: Lang, label: &'static str, address: Option<&OrderAddress>) -> Option<AnyView> {
    let lines = address.map(|address| address.lines(l)).filter(|lines| !lines.is_empty())?;
    let lines = lines.into_iter().map(|line| view! { <span dir="auto">{line}</span><br/> }).collect_view();
    Some(view! { <div><h2 class="print-label">{l.t(label)}</h2><address class="address">{lines}</address></div> }.into_any())
}

fn lines(l: Lang, detail: &OrderDetail) -> AnyView {
    let discounted = detail.lines.iter().any(|line| line.discount.minor != 0);
    let rows = detail.lines.iter().map(|line| {
        let discount = discounted.then(|| view! { <td class="num">{minus(l, line.discount)}</td> });
        view! {
            <tr>
                <th scope="row">{line.name.clone()}<span class="line-sub">{line.sku.clone()}</span></th>
                <td class="num">{l.integer(line.quantity)}</td>
                <td class="num">{l.money(line.unit_price)}</td>
                {discount}
                <td class="num">{l.money(line.total)}</td>
            </tr>
        }
    });
    view! {
        <div class="table-scroll" role="region" aria-label=l.t("orders.items") tabindex="0">
            <table class="table table-wrap">
                <thead>
                    <tr>
                        <th scope="col">{l.t("orders.item")}</th>
                        <th scope="col" class="num">{l.t("orders.quantity")}</th>
                        <th scope="col" class="num">{l.t("orders.price")}</th>
                        {discounted.then(|| view! { <th scope="col" class="num">{l.t("orders.discount")}</th> })}
                        <th scope="col" class="num">{l.t("orders.column.total")}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn sums(l: Lang, detail: &OrderDetail) -> AnyView {
    let totals = detail.totals;
    let discount =
        (totals.discount.minor != 0).then(|| view! { <dt>{l.t("orders.discount")}</dt><dd>{minus(l, totals.discount)}</dd> });
    let paid = detail.payments.iter().filter(|payment| payment.status == PaymentStatus::Captured);
    let paid = paid.map(|payment| {
        view! { <dt>{l.known("orders.method", &payment.method)} ", " {l.day(payment.at.day)}</dt><dd>{minus(l, payment.amount)}</dd> }
    });
    let due = (detail.order.status == OrderStatus::Placed)
        .then(|| view! { <dt class="total">{l.t("orders.due")}</dt><dd class="total">{l.money(totals.due)}</dd> });
    view! {
        <dl class="sums print-sums">
            <dt>{l.t("orders.items")}</dt><dd>{l.money(totals.subtotal)}</dd>
            {discount}
            <dt>{l.t("orders.shipping")}</dt><dd>{l.money(totals.shipping)}</dd>
            <dt>{l.t("orders.tax")}</dt><dd>{l.money(totals.tax)}</dd>
            <dt class="total">{l.t("orders.column.total")}</dt><dd class="total">{l.money(totals.total)}</dd>
            {paid.collect_view()}
            {due}
        </dl>
    }
    .into_any()
}

fn minus(l: Lang, money: Money) -> AnyView {
    if money.minor == 0 {
        return view! { <span class="nil">"—"</span> }.into_any();
    }
    l.money(Money::new(-money.minor, money.currency)).into_any()
}
