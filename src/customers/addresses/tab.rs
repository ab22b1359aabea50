//! The Addresses tab and the addresses of the overview.

use super::api::{bill_to_shipping_address, delete_address, list_addresses};
use super::form::AddressDialog;
use super::{Address, AddressForm};
use crate::app::use_session;
use crate::base::contact::readable_phone;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, CustomerId, resource};
use crate::customers::profile::{Tab, use_profile};
use crate::office::settings::map_frame_url;
use crate::office::staff::Right;
use crate::ui::{ConfirmDialog, DialogHandle, EmptyState, Icon, Loaded, MapFrame, use_toasts};
use leptos::prelude::*;

/// What can be done with the addresses of a tab.
#[derive(Clone, Copy)]
struct Acts {
    edit: Callback<Option<Address>>,
    delete: Callback<Address>,
    bill_to_shipping: Callback<()>,
}

#[component]
pub fn AddressesTab(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let can_edit = use_session().has(Right::EditCustomers);
    let addresses = resource(|| (), move |()| list_addresses(id));
    let profile = use_profile();
    let saved = Callback::new(move |()| {
        addresses.refetch();
        profile.refresh();
    });
    let (dialog, confirm) = (DialogHandle::new(), DialogHandle::new());
    let editing = RwSignal::new(None::<Address>);
    let deleting = RwSignal::new(None::<Address>);
    let acts = Acts {
        edit: Callback::new(move |address| {
            editing.set(address);
            dialog.open();
        }),
        delete: Callback::new(move |address| {
            deleting.set(Some(address));
            confirm.open();
        }),
        bill_to_shipping: bill_to_shipping(id, saved),
    };
    let list = move |addresses: Vec<Address>| view! { <List addresses acts=can_edit.then_some(acts)/> }.into_any();
    let recipient = Signal::derive(move || profile.profile.with(|profile| profile.name.clone()));
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("profile.tab.addresses")}</h2>
                {can_edit
                    .then(|| {
                        view! {
                            <div class="card-actions">
                                <button class="btn btn-sm" type="button" on:click=move |_| acts.edit.run(None)>
                                    <Icon name="plus"/>
                                    {l.t("address.add")}
                                </button>
                            </div>
                        }
                    })}
            </header>
            <Loaded resource=addresses view=list/>
        </section>
        <AddressDialog id handle=dialog editing recipient on_saved=saved/>
        <DeleteAddress handle=confirm deleting on_deleted=saved/>
    }
}

fn bill_to_shipping(id: CustomerId, saved: Callback<()>) -> Callback<()> {
    let l = use_lang();
    let toasts = use_toasts();
    let action = Action::new(move |(): &()| async move {
        match bill_to_shipping_address(id).await {
            Ok(()) => {
                let _ = saved.try_run(());
            }
            Err(error) => toasts.fail(l.error(&error)),
        }
    });
    Callback::new(move |()| {
        action.dispatch(());
    })
}

#[component]
fn DeleteAddress(handle: DialogHandle, deleting: RwSignal<Option<Address>>, on_deleted: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let action = Action::new(move |address: &Address| {
        let id = address.id;
        async move {
            match delete_address(id).await {
                // Somebody else deleted it first: it is gone either way.
                Ok(()) | Err(AppError::NotFound) => {
                    toasts.push(l.t("address.deleted"), None);
                    let _ = on_deleted.try_run(());
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        }
    });
    let confirm = Callback::new(move |()| {
        if let Some(address) = deleting.get_untracked() {
            action.dispatch(address);
        }
    });
    let shown = move || deleting.get().map(|address| view! { <Lines form=address.form/> });
    view! {
        <ConfirmDialog handle id="address-delete" title=l.t("address.delete_title").to_owned() action=l.t("ui.delete").to_owned() on_confirm=confirm>
            {shown}
            <p>{l.t("address.delete_effect")}</p>
        </ConfirmDialog>
    }
}

#[component]
fn List(addresses: Vec<Address>, acts: Option<Acts>) -> impl IntoView {
    let l = use_lang();
    if addresses.is_empty() {
        return view! { <EmptyState icon="map-pin" title=l.t("address.none_title") text=l.t("address.none")/> }.into_any();
    }
    let apart = addresses.iter().any(|address| address.form.default_shipping != address.form.default_billing);
    let newest = addresses.iter().filter_map(|address| address.last_used.map(|used| used.at)).max();
    let same = acts.filter(|_| apart).map(|acts| {
        view! {
            <footer class="card-foot">
                <button class="btn btn-sm" type="button" on:click=move |_| acts.bill_to_shipping.run(())>
                    {l.t("address.bill_to_shipping")}
                </button>
            </footer>
        }
    });
    let item = move |address: Address| {
        let last = newest.is_some() && address.last_used.map(|used| used.at) == newest;
        view! { <li><Item address last acts/></li> }
    };
    view! {
        <div class="card-flush"><ul class="card-list">{addresses.into_iter().map(item).collect_view()}</ul></div>
        {same}
    }
    .into_any()
}

#[component]
fn Item(
    address: Address,
    /// The most recent shipping address used.
    last: bool,
    acts: Option<Acts>,
) -> impl IntoView {
    let l = use_lang();
    let stored = StoredValue::new(address.clone());
    let buttons = acts.map(|acts| {
        let who = address.form.recipient.clone();
        view! {
            <button
                class="btn btn-icon btn-sm btn-ghost"
                type="button"
                aria-label=l.with("address.edit_of", &[("name", &who)])
                title=l.t("ui.edit")
                on:click=move |_| acts.edit.run(Some(stored.get_value()))
            >
                <Icon name="pencil"/>
            </button>
            <button
                class="btn btn-icon btn-sm btn-ghost"
                type="button"
                aria-label=l.with("address.delete_of", &[("name", &who)])
                title=l.t("ui.delete")
                on:click=move |_| acts.delete.run(stored.get_value())
            >
                <Icon name="trash"/>
            </button>
        }
    });
    let used = last.then(|| {
        let title = address.last_used.map(|used| l.moment(used));
        view! { " " <span class="badge" data-tone="info" title=title>{l.t("address.used_last")}</span> }
    });
    let (map, map_button) = map(&address.form);
    view! {
        <div class="row">
            <Lines form=address.form badges=used.into_any()/>
            <span class="row-end row">
                {map_button}
                {buttons}
            </span>
        </div>
        {map}
    }
}

/// The map of an address, once it is asked for, and the button that asks; without a key for maps, a link to one.
fn map(form: &AddressForm) -> (Option<AnyView>, AnyView) {
    let l = use_lang();
    let key = use_session().map_key;
    if key.is_empty() {
        let link = view! {
            <a
                class="btn btn-icon btn-sm btn-ghost"
                href=form.map_url()
                target="_blank"
                rel="noopener noreferrer"
                aria-label=l.t("address.map")
                title=l.t("address.map")
            >
                <Icon name="map-pin"/>
            </a>
        };
        return (None, link.into_any());
    }
    let shown = RwSignal::new(false);
    let (src, place) = (map_frame_url(&key, &form.place()), form.place());
    let map = move || {
        shown.get().then(|| {
            let title = l.with("address.map_of", &[("place", &place)]);
            view! { <MapFrame src=src.clone() title/> }
        })
    };
    let button = view! {
        <button
            class="btn btn-icon btn-sm btn-ghost"
            type="button"
            aria-label=l.with("address.show_map_of", &[("place", &form.place())])
            aria-expanded=move || shown.get().to_string()
            title=l.t("address.show_map")
            on:click=move |_| shown.update(|shown| *shown = !*shown)
        >
            <Icon name="map-pin"/>
        </button>
    };
    (Some(map.into_any()), button.into_any())
}

/// An address as it stands on a letter, with what it is used for.
#[component]
fn Lines(form: AddressForm, #[prop(optional)] badges: Option<AnyView>) -> impl IntoView {
    let l = use_lang();
    let lines = lines(&form, l).into_iter().map(|line| view! { <br/><bdi>{line}</bdi> }).collect_view();
    let badge = |on: bool, key| on.then(|| view! { " " <span class="badge">{l.t(key)}</span> });
    view! {
        <address class="address">
            <strong dir="auto">{form.recipient}</strong>
            {badge(form.default_shipping, "address.shipping")}
            {badge(form.default_billing, "address.billing")}
            {badges}
            {lines}
        </address>
    }
}

/// The lines beneath the recipient.
fn lines(form: &AddressForm, l: Lang) -> Vec<String> {
    let country = l.country(&form.country);
    let town = format!("{} {}", form.postal_code, form.city);
    let place = [town.trim(), form.region.as_str(), country.as_str()].into_iter().filter(|part| !part.is_empty());
    let place = place.collect::<Vec<_>>().join(", ");
    let all = [form.company.clone(), form.street.clone(), form.line2.clone(), place, readable_phone(&form.phone)];
    all.into_iter().filter(|line| !line.is_empty()).collect()
}

/// The addresses at a glance, for the overview.
#[component]
pub fn AddressesCard(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let addresses = resource(|| (), move |()| list_addresses(id));
    let list = move |addresses: Vec<Address>| {
        if addresses.is_empty() {
            return view! { <p class="card-body soft">{l.t("address.none_title")}</p> }.into_any();
        }
        let items = addresses.into_iter().map(|address| view! { <li><Lines form=address.form/></li> }).collect_view();
        view! { <div class="card-flush"><ul class="card-list">{items}</ul></div> }.into_any()
    };
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("profile.tab.addresses")}</h2>
                <div class="card-actions">
                    <a class="btn btn-sm btn-ghost" href=Tab::Addresses.href(id)>{l.t("ui.edit")}<Icon name="chevron-right"/></a>
                </div>
            </header>
            <Loaded resource=addresses view=list/>
        </section>
    }
}
