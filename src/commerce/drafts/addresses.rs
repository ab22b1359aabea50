//! Where the order goes: one of the customer's addresses, or one that is typed.

use super::editor::Editor;
use super::{AddressChoice, address_of, form_of};
use crate::base::AddressId;
use crate::base::i18n::{Lang, use_lang};
use crate::commerce::orders::OrderAddress;
use crate::customers::addresses::{AddressFields, AddressForm};
use crate::ui::{Dialog, DialogHandle, FormAlert, FormError, Icon};
use leptos::html;
use leptos::prelude::*;

/// The customer's addresses.
type Saved = StoredValue<Vec<(AddressId, OrderAddress)>>;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Shipping,
    Billing,
}

impl Which {
    fn id(self) -> &'static str {
        match self {
            Self::Shipping => "draft-shipping-address",
            Self::Billing => "draft-billing-address",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::Shipping => "shipping_address",
            Self::Billing => "billing_address",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Shipping => "orders.shipping_address",
            Self::Billing => "orders.billing_address",
        }
    }

    fn get(self, editor: Editor) -> AddressChoice {
        editor.typed.with(|typed| match self {
            Self::Shipping => typed.shipping_address.clone(),
            Self::Billing => typed.billing_address.clone(),
        })
    }

    fn set(self, editor: Editor, choice: AddressChoice) {
        editor.typed.update(|typed| match self {
            Self::Shipping => typed.shipping_address = choice,
            Self::Billing => typed.billing_address = choice,
        });
    }
}

/// The dialog in which an address is typed; copy it into closures.
#[derive(Clone, Copy)]
pub struct Typing {
    editor: Editor,
    which: RwSignal<Which>,
    form: RwSignal<AddressForm>,
    error: FormError,
    dialog: DialogHandle,
    /// Who is shipped to where nobody else is named.
    recipient: StoredValue<String>,
}

impl Typing {
    #[must_use]
    pub fn new(editor: Editor, recipient: String) -> Self {
        Self {
            editor,
            which: RwSignal::new(Which::Shipping),
            form: RwSignal::new(AddressForm::default()),
            error: FormError::new(None),
            dialog: DialogHandle::new(),
            recipient: StoredValue::new(recipient),
        }
    }

    fn begin(self, which: Which) {
        self.which.set(which);
        self.error.set(None);
        self.form.set(match untrack(|| which.get(self.editor)) {
            AddressChoice::Typed(address) => form_of(&address),
            _ => AddressForm { recipient: self.recipient.get_value(), ..AddressForm::default() },
        });
        self.dialog.open();
    }

    fn finish(self) {
        match self.form.with_untracked(AddressForm::checked) {
            Ok(checked) => {
                let address = AddressChoice::Typed(Box::new(address_of(checked)));
                self.which.get_untracked().set(self.editor, address);
                self.dialog.close();
            }
            Err(failure) => self.error.set(Some(failure)),
        }
    }
}

/// The card of the addresses.
#[component]
pub fn AddressesCard(editor: Editor, addresses: Vec<(AddressId, OrderAddress)>, typing: Typing) -> impl IntoView {
    let l = use_lang();
    let saved = StoredValue::new(addresses);
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("orders.addresses")}</h2></header>
            <div class="card-body form-grid">
                <Choice editor which=Which::Shipping saved typing/>
                <Choice editor which=Which::Billing saved typing/>
            </div>
        </section>
    }
    .into_any()
}

/// The dialog of an address that is typed. It stands outside of the editor's form, since it has one of its own.
#[component]
pub fn AddressDialog(typing: Typing) -> impl IntoView {
    let l = use_lang();
    let Typing { which, form, error, dialog, .. } = typing;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        typing.finish();
    };
    let title = Signal::derive(move || l.t(which.get().label()).to_owned());
    view! {
        <Dialog handle=dialog id="draft-address" title>
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body">
                    <FormAlert error/>
                    <AddressFields form error/>
                </div>
                <footer class="dialog-foot">
                    <button class="btn" type="button" on:click=move |_| dialog.close()>{l.t("ui.cancel")}</button>
                    <button class="btn btn-primary" type="submit"><span>{l.t("drafts.use_address")}</span></button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Choice(editor: Editor, which: Which, saved: Saved, typing: Typing) -> impl IntoView {
    let l = use_lang();
    let value = move || match which.get(editor) {
        AddressChoice::None => String::new(),
        AddressChoice::SameAsShipping => "same".to_owned(),
        AddressChoice::Typed(_) => "typed".to_owned(),
        AddressChoice::Saved(id) => id.to_string(),
    };
    let select = NodeRef::<html::Select>::new();
    let choose = move |event| match event_target_value(&event).as_str() {
        "same" => which.set(editor, AddressChoice::SameAsShipping),
        "typed" => {
            // It is chosen when it has been typed.
            if let Some(select) = select.get_untracked() {
                select.set_value(&untrack(value));
            }
            typing.begin(which);
        }
        id => which.set(editor, id.parse().map_or(AddressChoice::None, AddressChoice::Saved)),
    };
    let option = move |code: String, label: String| {
        let this = code.clone();
        let chosen = move || value() == this;
        view! { <option value=code selected=untrack(chosen.clone()) prop:selected=chosen>{label}</option> }
    };
    let known =
        saved.with_value(|saved| saved.iter().map(|(id, address)| option(id.to_string(), in_short(l, address))).collect_view());
    let same = (which == Which::Billing).then(|| option("same".into(), l.t("orders.same_address").to_owned()));
    let shown = move || match which.get(editor) {
        AddressChoice::Saved(id) => {
            saved.with_value(|saved| saved.iter().find(|(other, _)| *other == id).map(|(_, a)| a.lines(l)))
        }
        AddressChoice::Typed(address) => Some(address.lines(l)),
        AddressChoice::None | AddressChoice::SameAsShipping => None,
    };
    let typed = move || matches!(which.get(editor), AddressChoice::Typed(_));
    let error = move || {
        let text = editor.error_of(l, which.field());
        text.map(|text| view! { <p class="error" role="alert"><Icon name="alert-circle"/>{text}</p> })
    };
    view! {
        <div class="field">
            <label class="label" for=which.id()>{l.t(which.label())}</label>
            <select class="input" id=which.id() name=which.field() node_ref=select on:change=choose>
                {option(String::new(), l.t("drafts.no_address").to_owned())}
                {same}
                {known}
                {option("typed".into(), l.t("drafts.other_address").to_owned())}
            </select>
            {error}
            {move || shown().map(|lines| view! {
                <address class="address soft">
                    {lines.into_iter().map(|line| view! { <span dir="auto">{line}</span><br/> }).collect_view()}
                </address>
            })}
            <Show when=typed>
                <button class="btn btn-sm" type="button" on:click=move |_| typing.begin(which)><Icon name="pencil"/>{l.t("drafts.edit_address")}</button>
            </Show>
        </div>
    }
}

/// One line that tells addresses apart.
fn in_short(l: Lang, address: &OrderAddress) -> String {
    let parts = [address.street.as_str(), address.postal_code.as_str(), address.city.as_str()];
    let parts: Vec<&str> = parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect();
    format!("{}, {}", parts.join(", "), l.country(&address.country))
}
