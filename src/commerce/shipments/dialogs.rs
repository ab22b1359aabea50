//! The dialogs in which staff send parcels and say that they have arrived.

use super::api::{deliver_order, ship_order};
use super::{CARRIERS, Parcel, Shipment, tracking_url};
use crate::base::i18n::use_lang;
use crate::commerce::orders::OrderAction;
use crate::commerce::orders::context::{ActionDialog, Doing, Target, use_order};
use crate::ui::{Bound, TextField, use_toasts};
use leptos::prelude::*;

/// Sends the first parcel, or another one.
#[component]
pub fn ShipDialog(doing: Doing) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let form = RwSignal::new(Parcel::default());
    doing.on_open(move |_| form.update(|parcel| parcel.tracking = String::new()));
    let another = move || order.may(OrderAction::AddParcel);
    let title = Signal::derive(move || if another() { l.t("shipments.add") } else { l.t("shipments.ship") }.to_owned());
    let link = move || {
        form.with(|parcel| tracking_url(&parcel.carrier, parcel.tracking.trim()))
            .map(|url| view! { <p class="hint"><a class="link link-alone" href=url target="_blank" rel="noreferrer">{l.t("shipments.try_link")}</a></p> })
    };
    let submit = Callback::new(move |()| {
        let another = untrack(another);
        doing.run(ship_order(order.id, order.version(), form.get_untracked(), another), move |()| {
            toasts.push(l.t("shipments.shipped"), None);
        });
    });
    let error = doing.error;
    let carriers = CARRIERS.map(|(name, _)| view! { <option value=name></option> }).collect_view();
    view! {
        <ActionDialog doing id="ship" title action=title on_submit=submit>
            <div class="field">
                <label class="label" for="ship-carrier">{l.t("shipments.carrier")}</label>
                <input
                    class="input"
                    id="ship-carrier"
                    name="carrier"
                    list="ship-carriers"
                    autocomplete="off"
                    prop:value=move || form.with(|parcel| parcel.carrier.clone())
                    on:input=move |event| form.update(|parcel| parcel.carrier = event_target_value(&event))
                    aria-invalid=crate::ui::aria_invalid(error, "carrier")
                    aria-describedby=crate::ui::aria_error(error, "carrier", "ship-carrier")
                />
                <datalist id="ship-carriers">{carriers}</datalist>
                <crate::ui::FieldError id="ship-carrier" name="carrier" error/>
            </div>
            <div>
                <TextField
                    id="ship-tracking"
                    name="tracking"
                    label=l.t("shipments.tracking")
                    bound=Bound::new(form, |parcel| &mut parcel.tracking)
                    error
                    optional=true
                />
                {link}
            </div>
            <p class="hint">{l.t("shipments.mail_note")}</p>
        </ActionDialog>
    }
}

/// A parcel has arrived, or all that are under way.
#[component]
pub fn DeliverDialog(target: Target<Shipment>) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let Target { doing, about } = target;
    let effect = move || {
        about.with(|shipment| match shipment {
            Some(shipment) => {
                let line = Parcel { carrier: shipment.carrier.clone(), tracking: shipment.tracking.clone() }.line();
                l.with("shipments.deliver_one", &[("parcel", &line)])
            }
            None => l.t("shipments.deliver_all").to_owned(),
        })
    };
    let submit = Callback::new(move |()| {
        let shipment = about.with_untracked(|shipment| shipment.as_ref().map(|shipment| shipment.id));
        doing.run(deliver_order(order.id, order.version(), shipment), move |()| toasts.push(l.t("shipments.delivered"), None));
    });
    view! {
        <ActionDialog doing id="deliver" title=l.t("shipments.deliver").to_owned() action=l.t("shipments.deliver").to_owned() on_submit=submit>
            <p class="soft">{effect}</p>
        </ActionDialog>
    }
}
